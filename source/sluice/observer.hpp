#pragma once

#include <sluice/error.hpp>
#include <sluice/session/session_meta.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// How a client was slow.
struct slow_consumer {
    /// Its socket took nothing for `stream_config::write_timeout`; else it lagged too far.
    bool stalled = false;
    /// Events between its position and the log's head.
    std::uint64_t lag = 0;
    /// How long its socket has taken nothing by now.
    std::chrono::milliseconds blocked{0};
};

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
    /// A session began to reconnect more often than the limit: so often within `thrash_window`. Once per burst.
    virtual void on_session_thrashing(session_meta const& owner, std::size_t reconnections) = 0;
    /// A claim took over a session whose older connection still stood.
    virtual void on_takeover(session_meta const& owner, session_meta const& claimant) = 0;
    /// A stream was closed because its client lagged or took nothing.
    virtual void on_slow_consumer(session_meta const& owner, slow_consumer const& how) = 0;
    /// A stream or session was refused, each time: `limit` is `too_many_connections` or `too_many_sessions`, and `most`
    /// how many there may be.
    virtual void on_limit(errc /*limit*/, std::size_t /*most*/) {}
};

} // namespace sluice
