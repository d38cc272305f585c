#pragma once

#include <sluice/http/cors.hpp>

#include <boost/beast/http/fields.hpp>

#include <string_view>

namespace sluice::server {

/// Whether a page of the origin (RFC 6454, section 6.2) is the server's own: it has the host and port of `Host`,
/// whatever the scheme, for a proxy in front may end TLS. A port that is left out is that of the origin's scheme.
[[nodiscard]] bool is_own_origin(std::string_view origin, std::string_view host);

/// Whether a browser sends the request for a page that is neither the server's own nor of a listed origin: such a page
/// could publish through its visitor's network, cookies and all (cross-site request forgery). `*` lists nobody. What
/// sends no `Origin` is such a page only if its browser says so by `Sec-Fetch-Site: cross-site`.
[[nodiscard]] bool is_foreign(boost::beast::http::fields const& head, cors_policy const& cors);

} // namespace sluice::server
