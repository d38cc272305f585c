#pragma once

#include <sluice/session/session_meta.hpp>

namespace sluice {

/// Hears of what an operator should know. The owner of a broker gives one; it logs or counts.
///
/// Called on the threads of the shards, at the moment it happens: an implementation is thread-safe, does not block
/// and does not throw. Nothing that it is told is a secret: ids of sessions, tokens and payloads are left out.
class observer {
public:
    observer() = default;
    observer(observer const&) = delete;
    observer& operator=(observer const&) = delete;
    virtual ~observer() = default;

    /// A claim to a session failed the ownership check.
    virtual void on_claim_rejected(session_meta const& owner, session_meta const& claimant) = 0;
    /// A session began to reconnect more often than the limit; once per burst.
    virtual void on_session_thrashing(session_meta const& owner) = 0;
    /// A claim took over a session whose older connection still stood.
    virtual void on_takeover(session_meta const& owner) = 0;
    /// A stream was closed because its client lagged or took nothing.
    virtual void on_slow_consumer(session_meta const& owner) = 0;
};

} // namespace sluice
