#pragma once

#include <sluice/http/cors.hpp>

#include <boost/beast/http/fields.hpp>

#include <string_view>

namespace sluice::server {

/// Whether the origin (RFC 6454, section 6.2) is the server's own: its host and port are those of `Host`. The scheme
/// may differ, because a proxy in front may end TLS. A port that is left out is the default of the origin's scheme.
[[nodiscard]] bool is_own_origin(std::string_view origin, std::string_view host);

/// Whether a browser sends the request on behalf of a page that is neither the server's own nor of a listed origin.
/// Such a page could otherwise publish with its visitor's network access and cookies (cross-site request forgery). `*`
/// lists no origin. A request without `Origin` comes from such a page only if it has `Sec-Fetch-Site: cross-site`.
[[nodiscard]] bool is_foreign(boost::beast::http::fields const& head, cors_policy const& cors);

/// Whose page sends a request, as far as it says so.
enum class page {
    unnamed, ///< it does not say
    known,   ///< the server's own, or of a listed origin
    foreign,
};

/// The page by `Origin`, else by `Referer`. `*` lists no origin.
[[nodiscard]] page page_of(boost::beast::http::fields const& head, cors_policy const& cors);

} // namespace sluice::server
