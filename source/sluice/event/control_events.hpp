#pragma once

#include <sluice/config.hpp>
#include <sluice/delivery/replay.hpp>
#include <sluice/event/event_id.hpp>
#include <sluice/export.hpp>
#include <sluice/session/session_id.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// What `make_connected` tells a client about its connection.
struct connected_info {
    /// The time after which the client is to reconnect.
    std::chrono::milliseconds retry{3000};
    /// The place from which the connection continues: it primes the client's last event id.
    event_id position;
    session_id session;
    /// What logs call the session.
    std::string handle;
    bool reconnection = true;
    /// The most events that the session is replayed.
    std::size_t buffer_size = 0;
    bool resumed = false;
    std::uint64_t reconnections = 0;
    std::uint64_t replay = 0;
    std::optional<std::uint64_t> dropped;
};

// What the server itself says on a stream: events whose data is one line of JSON, and the bare line of a heartbeat that
// is a comment. There is never a block without data, which some clients hand on as an empty message. Only `connected`
// and `heartbeat` carry an id, which is the position, so that none disturbs the client's last event id.

/// The first block of a stream: beside its data it sets the client's reconnection time and primes its last event id
/// (WHATWG HTML, "Interpreting an event stream").
[[nodiscard]] std::string make_connected(connected_info const& info);
/// Events were lost: how many, if that is known, and how many are replayed nevertheless.
[[nodiscard]] std::string make_buffer_overflow(std::optional<std::uint64_t> dropped, std::uint64_t kept);
[[nodiscard]] std::string make_no_buffer();
[[nodiscard]] std::string make_replay_start(std::uint64_t count);
[[nodiscard]] std::string make_replay_end();
/// Every matching event up to the position was sent. `now` is told in seconds since the epoch. As a comment it is a
/// line without an empty one behind it: it belongs to the next block.
[[nodiscard]] std::string make_heartbeat(heartbeat_style style, event_id position,
                                         std::chrono::system_clock::time_point now);
/// The stream is refused for a reason that passes, which the word names; the client is to come back after `retry`.
[[nodiscard]] std::string make_server_busy(std::string_view reason, std::chrono::milliseconds retry);
/// The stream ends and the client is to come back after `retry`.
[[nodiscard]] std::string make_shutdown(std::chrono::milliseconds retry);

/// A time drawn evenly from [`retry`, `retry` + `spread`], so that clients do not all come back at once.
[[nodiscard]] SLUICE_EXPORT std::chrono::milliseconds draw_retry(stream_config const& config);

} // namespace sluice
