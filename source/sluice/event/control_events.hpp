#pragma once

#include <sluice/config.hpp>
#include <sluice/event/event_id.hpp>
#include <sluice/export.hpp>
#include <sluice/session/replay.hpp>
#include <sluice/session/session_id.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// What the `connected` event tells a client about its connection.
struct connected_info {
    /// How long the client is to wait before it reconnects.
    std::chrono::milliseconds retry{3000};
    /// The place from which the connection continues. It becomes the client's last event id, so that a client which
    /// drops before its first event resumes from here.
    event_id position;
    session_id session;
    /// The name of the session in logs.
    std::string handle;
    bool reconnection = true;
    /// The most events that the session is replayed.
    std::size_t buffer_size = 0;
    bool resumed = false;
    std::uint64_t reconnections = 0;
    std::uint64_t replay = 0;
    std::optional<std::uint64_t> dropped;
};

// The events that sluice itself puts on a stream, as they go on the wire. Their data is one line of JSON; only a
// heartbeat that is a comment has none. Every block has data, because some clients hand a block without data on as an
// empty message. Only `connected` and `heartbeat` carry an id, which is the position, so that no control event disturbs
// the client's last event id.

/// The first block of a stream. It also sets the client's reconnection time and last event id (WHATWG HTML,
/// "Interpreting an event stream").
[[nodiscard]] std::string make_connected(connected_info const& info);
/// Events were lost: how many, if that is known, and how many others are replayed.
[[nodiscard]] std::string make_buffer_overflow(std::optional<std::uint64_t> dropped, std::uint64_t kept);
[[nodiscard]] std::string make_no_buffer();
[[nodiscard]] std::string make_replay_start(std::uint64_t count);
[[nodiscard]] std::string make_replay_end();
/// Says that every matching event up to the position was sent. `now` goes out in seconds since the epoch. A comment is
/// a single line with no empty line after it, so it becomes part of the next block.
[[nodiscard]] std::string make_heartbeat(heartbeat_style style, event_id position,
                                         std::chrono::system_clock::time_point now);
/// The stream is refused for a passing reason, such as `max_connections`; the client is to come back after `retry`.
[[nodiscard]] std::string make_server_busy(std::string_view reason, std::chrono::milliseconds retry);
/// The client's token has `expired` or was `revoked`; the stream ends.
[[nodiscard]] std::string make_token_expired(std::string_view reason);
/// The stream's one topic was closed; the stream ends.
[[nodiscard]] std::string make_topic_end(std::string_view topic);
/// The stream ends and the client is to come back after `retry`.
[[nodiscard]] std::string make_shutdown(std::chrono::milliseconds retry);

/// A comment without a text, on a single line: no block.
[[nodiscard]] std::string make_comment();
/// The `retry` line alone, for a stream that has no control events. Without an empty line behind it, it is no block.
[[nodiscard]] std::string make_retry(std::chrono::milliseconds retry);

/// A time drawn evenly from [`retry`, `retry` + `drain_spread`], so that clients do not all come back at once.
[[nodiscard]] SLUICE_EXPORT std::chrono::milliseconds draw_retry(stream_config const& config);

} // namespace sluice
