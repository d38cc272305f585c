#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/system/result.hpp>

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

/// Why a request is not let in.
struct token_refusal {
    /// A token was given, and is not the right one.
    bool given;
    /// Which check failed, without what was given.
    std::string detail;
};

/// Who sends a request, or why it is not let in.
using authentication = boost::system::result<std::string, token_refusal>;

/// Which bearer tokens let in whom (RFC 6750). The tokens themselves never leave it.
class access_policy {
public:
    /// An empty token: none is needed.
    access_policy(std::string publish_token, std::string subscribe_token);

    /// The subject of a request for such a route: who sends it, as far as the token tells. Empty: no token is needed.
    /// The right one comes in the header `Authorization` or, to subscribe, in the query `access_token` (EventSource
    /// cannot set headers).
    ///
    /// A subject is a digest of the token under a key of this process: who comes with another token, after a change,
    /// is another subject, and a subject tells nothing of the token.
    [[nodiscard]] authentication authenticate(access needed, boost::beast::http::fields const& head,
                                              std::string_view query) const;

    /// Whether publishing and control need a token.
    [[nodiscard]] bool guards_publishing() const noexcept { return !publish_.token.empty(); }

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
