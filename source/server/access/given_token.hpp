#pragma once

#include <sluice/http/cors.hpp>

#include <boost/beast/http/fields.hpp>
#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

/// Where a request may carry a token besides `Authorization: Bearer`.
enum class token_places {
    cookie,           ///< in a cookie, if the page that sends the request is named and is no foreign one
    query_and_cookie, ///< in the query too, and in a cookie unless a foreign page sends it, because that is all that
                      ///< EventSource can send
};

/// Why a request is not let in.
struct access_refusal {
    /// 401 or 403.
    unsigned status = 401;
    /// Whether a token was given, which did not do.
    bool given = true;
    /// The check that failed. It does not repeat the token.
    std::string detail;
    /// Whether the token names a key that is not known, and may be at the source of the keys.
    bool names_unknown_key = false;
};

/// The request's token, from the first place that has one: the header `Authorization`; the parameter `access_token` of
/// the query, or `authorization`, as Mercure 0.x calls it; the cookie `mercureAuthorization` or
/// `__Secure-mercure_access_token`. Nothing if there is none. A refusal if one place has several, for a proxy in front
/// may have chosen another one of them.
[[nodiscard]] boost::system::result<std::optional<std::string>, access_refusal>
given_token(boost::beast::http::fields const& head, std::string_view query, token_places where,
            cors_policy const& cors);

/// The token in the value of an `Authorization` field (RFC 6750, section 2.1); nothing if the scheme is another one or
/// there is no token.
[[nodiscard]] std::optional<std::string_view> bearer_token(std::string_view credentials) noexcept;

} // namespace sluice::server
