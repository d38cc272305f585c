#pragma once

#include <sluice/error.hpp>

#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// Whether an event source can ask for the URL: `http` or `https`, with a host and without credentials. Success or
/// `unsupported_url`.
[[nodiscard]] error_code validate_url(boost::urls::url_view const& url, bool tls) noexcept;

/// The port that the URL names, or that of its scheme.
[[nodiscard]] std::uint16_t port_of(boost::urls::url_view const& url) noexcept;

/// As the standard serializes it: scheme, host, and the port when it is not the scheme's.
[[nodiscard]] std::string origin_of(boost::urls::url_view const& url);

/// Where a redirection from `from` leads (RFC 9110, section 10.2.2). Errors: `bad_redirect`.
[[nodiscard]] result<boost::urls::url> redirection(boost::urls::url_view const& from, std::string_view location,
                                                   bool tls);

} // namespace sluice
