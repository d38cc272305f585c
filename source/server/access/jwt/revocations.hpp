#pragma once

#include "token_grant.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace sluice::server::jwt {

/// The tokens that were revoked: single ones, and those of subjects that were issued before the revocation. Each
/// revocation is remembered for some time only. Safe from any thread.
class revocations {
public:
    using clock = std::chrono::system_clock;

    /// Revokes the tokens of the subject that were issued before now, and those that do not say when they were issued.
    void revoke_subject(std::string subject, clock::time_point now, clock::duration ttl);
    /// Revokes the token with this `jti`.
    void revoke_token(std::string id, clock::time_point now, clock::duration ttl);

    /// Whether the token is revoked.
    [[nodiscard]] bool concern(token_grant const& token, clock::time_point now) const;

    [[nodiscard]] std::size_t size() const;

private:
    struct entry {
        clock::time_point before;
        clock::time_point until;
    };
    using entries = std::map<std::string, entry, std::less<>>;

    void add(entries& to, std::string name, clock::time_point now, clock::duration ttl);

    mutable std::mutex mutex_;
    entries subjects_;
    entries tokens_;
    /// Read without the mutex, for nearly always nothing is revoked.
    std::atomic<bool> any_{false};
};

} // namespace sluice::server::jwt
