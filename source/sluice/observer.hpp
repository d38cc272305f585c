#pragma once

#include <sluice/error.hpp>
#include <sluice/session/session_meta.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

/// In what way a client was slow.
struct slow_consumer {
    /// Whether its socket took nothing for `stream_config::write_timeout`; otherwise it lagged too far.
    bool stalled = false;
    /// Events between its position and the log's head.
    std::uint64_t lag = 0;
    /// For how long its socket has taken nothing.
    std::chrono::milliseconds blocked{0};
};

/// How a stream began, as its `connected` event says too.
struct stream_opening {
    /// Whether it continues a session that had a connection before.
    bool resumed = false;
    /// Events that the client missed and that are replayed now.
    std::uint64_t replay = 0;
    /// Matching events that the client missed and that are lost for good; empty when their number cannot be known.
    std::optional<std::uint64_t> dropped = 0;
};

/// How a stream ended.
struct stream_ending {
    /// Why it ended.
    end_reason reason = end_reason::peer_closed;
    /// How long the stream was open.
    std::chrono::steady_clock::duration lasted{};
    /// Published events that were written to it, replays included.
    std::uint64_t events = 0;
    /// Bytes that were written to its body. When the broker ends a stream, the `shutdown` event goes out afterwards and
    /// is not counted here.
    std::uint64_t bytes = 0;
};

/// Is told what an operator should know, so that it can be logged or counted. Derive from it, override what you want to
/// hear, and pass an object to the broker's constructor.
///
/// The functions are called on the threads of the shards, several at a time, at the moment the thing happens. They must
/// be thread-safe, and must neither block nor throw. They are told no secrets: a session appears under its handle, not
/// its id, and tokens and payloads are left out. (The `connected` event tells the client its handle, and `session_info`
/// the operator.) Texts passed to them are valid during the call only.
/// @code
/// struct stream_log : sluice::observer {
///     void on_stream_ended(std::string_view handle, sluice::stream_ending const& how) override
///     {
///         fmt::print(stderr, "{} ended: {}\n", handle, make_error_code(how.reason).message());
///     }
/// };
/// @endcode
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
    /// A session reconnected more often within `thrash_window` than the limit allows: `reconnections` times. Told once
    /// per burst.
    virtual void on_session_thrashing(std::string_view /*handle*/, session_meta const& /*owner*/,
                                      std::size_t /*reconnections*/)
    {
    }
    /// A claim took over a session that still had a connection, which is closed.
    virtual void on_takeover(std::string_view /*handle*/, session_meta const& /*owner*/,
                             session_meta const& /*claimant*/)
    {
    }
    /// A stream was closed because its client lagged or took nothing. `on_stream_ended` is called too.
    virtual void on_slow_consumer(std::string_view /*handle*/, session_meta const& /*owner*/,
                                  slow_consumer const& /*how*/)
    {
    }
    /// A session began: for a client that connects, or, if `minted`, for one that will.
    virtual void on_session_created(std::string_view /*handle*/, bool /*minted*/) {}
    /// A session was forgotten because it had no connection for `session_config::buffer_ttl`; `waiting` events that it
    /// had collected went with it.
    virtual void on_session_expired(std::string_view /*handle*/, std::uint64_t /*waiting*/) {}
    /// A stream was let in: the session now has a connection.
    virtual void on_stream_opened(std::string_view /*handle*/, session_meta const& /*client*/,
                                  stream_opening const& /*how*/)
    {
    }
    /// The session's connection ended. Called exactly once for each `on_stream_opened`.
    virtual void on_stream_ended(std::string_view /*handle*/, stream_ending const& /*how*/) {}
    /// A stream or session was refused because there were `most` already. `limit` is `too_many_connections` or
    /// `too_many_sessions`. Called for each refusal.
    virtual void on_limit(errc /*limit*/, std::size_t /*most*/) {}
    /// Memory was short, so something was given up: the older half of a shard's log, an event for a session, or a
    /// request. Called each time. For streams that end because of it, `on_stream_ended` is called too.
    virtual void on_memory_short() {}
};

} // namespace sluice
