#pragma once

#include <sluice/error.hpp>

#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// Whether an event source can request the URL: `http` or, if `tls`, `https`, with a host and without credentials.
/// Success or `unsupported_url`.
[[nodiscard]] error_code validate_url(boost::urls::url_view const& url, bool tls) noexcept;

/// The port in the URL, or the default port of its scheme.
[[nodiscard]] std::uint16_t port_of(boost::urls::url_view const& url) noexcept;

/// The URL's origin as the standard serializes it: scheme and host, and the port unless it is the scheme's default.
[[nodiscard]] std::string origin_of(boost::urls::url_view const& url);

/// The URL to which a redirection from `from` leads (RFC 9110, section 10.2.2). Error: `bad_redirect`.
[[nodiscard]] result<boost::urls::url> redirection(boost::urls::url_view const& from, std::string_view location,
                                                   bool tls);

} // namespace sluice
