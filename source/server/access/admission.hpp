#pragma once

#include "access/jwt/verdict_cache.hpp"
#include <sluice/http/publish_rights.hpp>
#include <sluice/session/grant.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace sluice::server {

/// Who sends a request that is let in, and what that allows.
struct admission {
    /// Whose the token is; empty if that is not known.
    std::string subject{};
    /// Whether it may have or do all that there is of the route's kind: the token is a static one, or a publisher needs
    /// none.
    bool everything = false;
    /// What the JSON Web Token grants; null if there is none.
    jwt::verdict_cache::verdict token{};
    /// When a stream that begins now ends for that; nothing: never.
    std::optional<std::chrono::sys_seconds> ends{};

    /// What a stream of it may have. Without a token these are public events.
    [[nodiscard]] grant to_subscribe() const;
    /// What it may publish to.
    [[nodiscard]] publish_rights to_publish() const;
    /// Whether it may publish to every topic, without a topic, and control.
    [[nodiscard]] bool may_publish_everything() const;
};

} // namespace sluice::server
