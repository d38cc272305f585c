#pragma once

#include <sluice/error.hpp>
#include <sluice/session/session_meta.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

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

/// How a stream began: what its `connected` event says.
struct stream_opening {
    /// Whether it goes on with a session that had a connection before.
    bool resumed = false;
    /// Events that the client missed and that are replayed now.
    std::uint64_t replay = 0;
    /// Matching events that the client missed and that are lost for good; nothing: their number cannot be known.
    std::optional<std::uint64_t> dropped = 0;
};

/// How a stream ended.
struct stream_ending {
    /// Why.
    end_reason reason = end_reason::peer_closed;
    /// How long the stream stood.
    std::chrono::steady_clock::duration lasted{};
    /// Published events that were written to it, replays included.
    std::uint64_t events = 0;
    /// Bytes that were written to its body. The last words of a stream that the broker ends go out afterwards and are
    /// not among them.
    std::uint64_t bytes = 0;
};

/// Hears of what an operator should know. The owner of a broker gives one; it logs or counts. What it does not override
/// it ignores.
///
/// Called on the threads of the shards, at the moment it happens: an implementation is thread-safe, does not block
/// and does not throw. Nothing that it is told is a secret: ids of sessions, tokens and payloads are left out. A
/// session goes by its handle instead, which `connected` tells its client and `session_info` tells an operator. Texts
/// that are passed are valid during the call.
class observer {
public:
    observer() = default;
    observer(observer const&) = delete;
    observer& operator=(observer const&) = delete;
    virtual ~observer() = default;

    /// A claim to a session failed the ownership check.
    virtual void on_claim_rejected(std::string_view /*handle*/, session_meta const& /*owner*/,
                                   session_meta const& /*claimant*/)
    {
    }
    /// A session began to reconnect more often than the limit: so often within `thrash_window`. Once per burst.
    virtual void on_session_thrashing(std::string_view /*handle*/, session_meta const& /*owner*/,
                                      std::size_t /*reconnections*/)
    {
    }
    /// A claim took over a session whose older connection still stood.
    virtual void on_takeover(std::string_view /*handle*/, session_meta const& /*owner*/,
                             session_meta const& /*claimant*/)
    {
    }
    /// A stream was closed because its client lagged or took nothing. `on_stream_ended` is told too.
    virtual void on_slow_consumer(std::string_view /*handle*/, session_meta const& /*owner*/,
                                  slow_consumer const& /*how*/)
    {
    }
    /// A session began: for a client that connects, or `minted` for one that will.
    virtual void on_session_created(std::string_view /*handle*/, bool /*minted*/) {}
    /// A session that had no connection for `session_config::buffer_ttl` was forgotten, and with it `waiting` events
    /// that it had collected.
    virtual void on_session_expired(std::string_view /*handle*/, std::uint64_t /*waiting*/) {}
    /// A stream was let in: the session has a connection.
    virtual void on_stream_opened(std::string_view /*handle*/, session_meta const& /*client*/,
                                  stream_opening const& /*how*/)
    {
    }
    /// The session's connection ended. Every stream that was opened ends once.
    virtual void on_stream_ended(std::string_view /*handle*/, stream_ending const& /*how*/) {}
    /// A stream or session was refused, each time: `limit` is `too_many_connections` or `too_many_sessions`, and `most`
    /// how many there may be.
    virtual void on_limit(errc /*limit*/, std::size_t /*most*/) {}
    /// Memory was short, each time: the older half of a shard's log, an event for a session, or a request was given up.
    /// Streams that end for it are told by `on_stream_ended` too.
    virtual void on_memory_short() {}
};

} // namespace sluice
