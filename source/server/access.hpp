#pragma once

#include <boost/beast/http/fields.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

/// Whom a route serves, from the loosest to the strictest.
enum class access {
    open,      ///< everyone
    subscribe, ///< who has the subscribe token, if there is one
    publish,   ///< who has the publish token, if there is one; and no page of a foreign origin
};

/// Which bearer tokens let in whom (RFC 6750). The tokens themselves never leave it.
class access_policy {
public:
    /// An empty token: none is needed.
    access_policy(std::string publish_token, std::string subscribe_token);

    /// The subject of a request for such a route: who sends it, as far as the token tells. Empty: no token is needed.
    /// Nothing: it lacks the right one, in the header `Authorization` or, to subscribe, in the query `access_token`
    /// (EventSource cannot set headers).
    ///
    /// A subject is a digest of the token under a key of this process: who comes with another token, after a change,
    /// is another subject, and a subject tells nothing of the token.
    [[nodiscard]] std::optional<std::string> authenticate(access needed, boost::beast::http::fields const& head,
                                                          std::string_view query) const;

private:
    struct secret {
        std::string token;
        std::string subject;
    };

    secret publish_;
    secret subscribe_;
};

/// The token of an `Authorization` field's value (RFC 6750, section 2.1); nothing when it is of another scheme or has
/// none.
[[nodiscard]] std::optional<std::string_view> bearer_token(std::string_view credentials) noexcept;

/// The query's `access_token`, decoded; nothing when it is not there, there twice, or badly encoded. What else is in
/// the query does not matter.
[[nodiscard]] std::optional<std::string> query_token(std::string_view query);

/// Whether what was given is the secret. How long it takes depends on the length of what was given, and not on where
/// or whether the two differ.
[[nodiscard]] bool same_secret(std::string_view given, std::string_view secret) noexcept;

} // namespace sluice::server
