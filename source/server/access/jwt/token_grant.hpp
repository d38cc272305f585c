#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server::jwt {

/// How a matcher's text is compared with topics. What evaluates it is elsewhere.
enum class matcher_kind {
    exact,        ///< the topic `text`
    url_pattern,  ///< the topics that the WHATWG URL Pattern `text` matches
    uri_template, ///< the topics that the URI template `text` (RFC 6570) yields, and the topic `text` itself
    everything,   ///< all; `text` is empty
};

/// Which topics a right is about.
struct matcher {
    matcher_kind kind = matcher_kind::exact;
    std::string text{};
    /// For presence: the payload of subscriptions that this matcher allows, as JSON; null: the grant's own.
    std::shared_ptr<std::string const> payload{};
};

/// The form in which a token names its rights.
enum class dialect {
    v0, ///< Mercure 0.x: the claim `mercure`
    v1, ///< Mercure 1.0: the claim `authorization_details`
};

/// What a token that has been verified allows.
struct token_grant {
    jwt::dialect dialect = dialect::v0;
    std::string subject;  ///< `sub`; empty: none
    std::string token_id; ///< `jti`; empty: none
    std::vector<matcher> subscribe;
    std::vector<matcher> publish;
    /// Whether `publish` allows a topic; `*`: every topic. Set by who evaluates matchers (`verifier::prepare_with`).
    /// Empty: it allows none.
    std::function<bool(std::string_view topic)> may_publish{};
    /// For presence, as JSON; null: none.
    std::shared_ptr<std::string const> payload;
    std::optional<std::chrono::sys_seconds> issued;  ///< `iat`
    std::optional<std::chrono::sys_seconds> expires; ///< `exp`, without the leeway
};

} // namespace sluice::server::jwt
