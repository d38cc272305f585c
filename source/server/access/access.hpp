#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

/// Which requests a route serves, from the least to the most strict.
enum class access {
    open,      ///< all
    subscribe, ///< those with the subscribe token, if one is set
    publish,   ///< those with the publish token, if one is set, and not from another site's page
};

/// Why a request is not let in.
struct token_refusal {
    /// Whether a token was given, which was not the right one.
    bool given;
    /// The check that failed. It does not repeat the token.
    std::string detail;
};

/// The subject of a request, or why it is refused.
using authentication = boost::system::result<std::string, token_refusal>;

/// Checks requests for bearer tokens (RFC 6750). The tokens cannot be read back.
class access_policy {
public:
    /// If a token is empty, none is needed.
    access_policy(std::string publish_token, std::string subscribe_token);

    /// The subject of a request for such a route; empty if no token is needed. The token comes in the header
    /// `Authorization` or, for streams, in the query as `access_token`, because EventSource cannot set headers.
    ///
    /// A subject is a keyed digest of the token: requests with another token have another subject, and the subject does
    /// not reveal the token.
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

/// The token in the value of an `Authorization` field (RFC 6750, section 2.1); nothing if the scheme is another one or
/// there is no token.
[[nodiscard]] std::optional<std::string_view> bearer_token(std::string_view credentials) noexcept;

/// The query's `access_token`, decoded; nothing if it is absent, occurs twice, or is badly encoded. The rest of the
/// query is ignored.
[[nodiscard]] std::optional<std::string> query_token(std::string_view query);

/// Whether the given text is the secret. The time depends on the length of the given text only, not on whether or where
/// the two differ.
[[nodiscard]] bool same_secret(std::string_view given, std::string_view secret) noexcept;

} // namespace sluice::server
