#pragma once

#include <sluice/config.hpp>
#include <sluice/event_id.hpp>
#include <sluice/export.hpp>
#include <sluice/session/replay.hpp>
#include <sluice/session_id.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// What `make_connected` tells a client about its connection.
struct connected_info {
    session_id session;
    bool reconnection = true;
    /// The most events that the session is replayed.
    std::size_t buffer_size = 0;
    bool resumed = false;
    std::uint64_t reconnections = 0;
    std::uint64_t replay = 0;
    std::optional<std::uint64_t> dropped;
};

// The blocks by which the server itself speaks on a stream. All but the first are events whose data is one line of
// JSON; none but a heartbeat carries an id, so that none disturbs the client's last event id.

/// The first block of a stream. It has no data, so it fires no handler: it sets the client's reconnection time and
/// primes its last event id (WHATWG HTML, "Interpreting an event stream").
[[nodiscard]] std::string make_opening(std::chrono::milliseconds retry, event_id position);
[[nodiscard]] std::string make_connected(connected_info const& info);
/// Events were lost: how many, if that is known, and how many are replayed nevertheless.
[[nodiscard]] std::string make_buffer_overflow(std::optional<std::uint64_t> dropped, std::uint64_t kept);
[[nodiscard]] std::string make_no_buffer();
[[nodiscard]] std::string make_replay_start(std::uint64_t count);
[[nodiscard]] std::string make_replay_end();
/// Every matching event up to the position was sent. `now` is told in seconds since the epoch.
[[nodiscard]] std::string make_heartbeat(heartbeat_style style, event_id position,
                                         std::chrono::system_clock::time_point now);
/// The stream ends and the client is to come back after `retry`.
[[nodiscard]] std::string make_shutdown(std::chrono::milliseconds retry);

/// A time drawn evenly from [`retry`, `retry` + `spread`], so that clients do not all come back at once.
[[nodiscard]] SLUICE_EXPORT std::chrono::milliseconds draw_retry(stream_config const& config);

} // namespace sluice
