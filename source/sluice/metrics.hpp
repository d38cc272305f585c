#pragma once

#include <sluice/histogram.hpp>
#include <sluice/stats.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// What a broker counts. Each number only grows.
enum class counted : std::uint8_t {
    /// Published events, once for each stream they were written to, replays included.
    events_delivered,
    /// Bytes written to the bodies of streams; the framing of HTTP is not counted.
    bytes_delivered,

    /// Streams that were let in.
    streams_opened,
    /// Those of them that went on with a session.
    reconnections,
    /// Bursts of reconnections of one session above the limit.
    thrashing_sessions,
    /// Requests for streams of which more was to be kept than a session keeps (`max_kept_of_request`): it was cut.
    requests_cut,

    /// Streams that ended: the client closed or reset the connection.
    ended_by_client,
    /// The connection failed otherwise.
    ended_by_error,
    /// The client lagged or took nothing.
    ended_as_slow,
    /// Another connection claimed the session.
    ended_by_takeover,
    /// The broker stops.
    ended_by_drain,
    /// By `broker::async_disconnect`.
    ended_by_disconnect,
    /// By `broker::async_remove`.
    ended_by_removal,
    /// Memory was short.
    ended_for_memory,

    /// Streams that were not let in: the claim failed the ownership check.
    refused_claims,
    /// The session reconnected too often.
    refused_thrashing,
    /// There were `stream_config::max_connections` already.
    refused_above_connections,
    /// There were `session_config::max_sessions` already.
    refused_above_sessions,
    /// The broker stops.
    refused_by_drain,
    /// Memory was short.
    refused_for_memory,

    /// Streams that began with a session or a last id and got all that the client had missed, be it nothing.
    replays_full,
    /// Some of what the client had missed was lost.
    replays_partial,
    /// All of it was.
    replays_none,
    /// Events that streams began with.
    events_replayed,
    /// Events that a client had missed and that were lost, as far as their number is known.
    events_lost,

    /// Sessions that began: for a client that connected, or minted.
    sessions_created,
    /// Sessions that were forgotten because no client came back within `session_config::buffer_ttl`.
    sessions_expired,
};
/// How many `counted` there are.
inline constexpr std::size_t counted_kinds = static_cast<std::size_t>(counted::sessions_expired) + 1;

/// The bounds of `broker_metrics::fan_out_latency` and `socket_latency`, in nanoseconds: from 10 µs to 10 s.
inline constexpr std::array<std::uint64_t, 19> fan_out_latency_bounds{
    10'000,      25'000,        50'000,        100'000,       250'000,       500'000,     1'000'000,
    2'500'000,   5'000'000,     10'000'000,    25'000'000,    50'000'000,    100'000'000, 250'000'000,
    500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

/// The bounds of `broker_metrics::stream_lag`, in events.
inline constexpr std::array<std::uint64_t, 9> stream_lag_bounds{0, 1, 4, 16, 64, 256, 1024, 8192, 65536};

/// How often the lag of streams is looked at.
inline constexpr std::chrono::seconds stream_lag_interval{1};

/// What an operator may want to know of a broker, summed over its shards: made by `broker::async_metrics`.
struct broker_metrics {
    /// As `broker::session_stats` gives it.
    sluice::session_stats stats;
    /// How often that came, or how many bytes that were, since the broker was made.
    [[nodiscard]] std::uint64_t operator[](counted what) const noexcept
    {
        return counts[static_cast<std::size_t>(what)];
    }
    /// By the number of the `counted`.
    std::array<std::uint64_t, counted_kinds> counts{};

    /// The bytes of published events as they go out on a stream, each event once; as far as the shards have read.
    std::uint64_t bytes_published = 0;
    /// Publishes that found no room in the ring and waited.
    std::uint64_t publishes_delayed = 0;
    /// Sessions that sends named and that were not known, each time.
    std::uint64_t unknown_targets = 0;
    /// How many events the ring holds: `log_config::ring_size`.
    std::uint64_t ring_capacity = 0;
    /// Events in the ring that the slowest shard has not read.
    std::uint64_t ring_occupancy = 0;

    /// Broadcasts in the log. Each shard has its own window of the one log; this is the largest.
    std::uint64_t log_events = 0;
    /// Bytes in memory of the broadcasts in the largest window, with every shard's index of them.
    std::uint64_t log_bytes = 0;
    /// The time since the oldest of them was published; 0 when there is none.
    std::chrono::system_clock::duration log_age{};
    /// Bytes in memory of events that wait for, or were sent to, single sessions.
    std::uint64_t targeted_bytes = 0;

    /// Streams whose connection takes nothing now.
    std::uint64_t blocked_streams = 0;

    /// In nanoseconds, from an event's publishing until a shard had woken all its waiting clients for it, which
    /// write to their connections at once: one value for each event and shard.
    histogram fan_out_latency{fan_out_latency_bounds};
    /// In nanoseconds, from the publishing of the oldest event in a write until a stream's socket had taken all of the
    /// write: one value for each stream and write, replays left out. While many streams are written to, the clock is
    /// read once for a few of them.
    histogram socket_latency{fan_out_latency_bounds};
    /// In events, between a stream's position and the log's head: one value for each stream, each
    /// `stream_lag_interval`. Those that wait for events lag by none and are not looked at one by one.
    histogram stream_lag{stream_lag_bounds};
};

} // namespace sluice
