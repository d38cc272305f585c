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
    /// Streams that continued a session.
    reconnections,
    /// Bursts of reconnections of one session above the limit.
    thrashing_sessions,
    /// Requests for streams with more metadata than a session keeps (`max_kept_of_request`); it was cut.
    requests_cut,

    /// Streams that ended because the client closed or reset the connection.
    ended_by_client,
    /// Streams whose connection failed in another way.
    ended_by_error,
    /// Streams whose client lagged or took nothing.
    ended_as_slow,
    /// Streams whose session was claimed by another connection.
    ended_by_takeover,
    /// Streams that ended because the broker stopped.
    ended_by_drain,
    /// Streams that `broker::async_disconnect` ended.
    ended_by_disconnect,
    /// Streams that `broker::async_remove` ended.
    ended_by_removal,
    /// Streams that ended because memory was short.
    ended_for_memory,
    /// Streams whose grant expired.
    ended_by_expiry,
    /// Streams that `broker::async_revoke` ended.
    ended_by_revocation,
    /// Streams whose one topic was closed.
    ended_with_topic,

    /// Streams that were refused because the claim failed the ownership check.
    refused_claims,
    /// Streams that were refused because the session reconnected too often.
    refused_thrashing,
    /// Streams that were refused because there were `stream_config::max_connections` already.
    refused_above_connections,
    /// Streams that were refused because there were `session_config::max_sessions` already.
    refused_above_sessions,
    /// Streams that were refused because the broker was stopping.
    refused_by_drain,
    /// Streams that were refused because memory was short.
    refused_for_memory,
    /// Streams that were refused because their client had all of their one topic, which is closed.
    refused_behind_topic,

    /// Streams that began with a known session or a last id and got everything that the client had missed, if it had
    /// missed anything.
    replays_full,
    /// Streams that got only some of what the client had missed.
    replays_partial,
    /// Streams that got nothing of what the client had missed.
    replays_none,
    /// Events that were replayed.
    events_replayed,
    /// Events that a client had missed and that were lost, where their number is known.
    events_lost,

    /// Sessions that began: for a client that connected, or minted.
    sessions_created,
    /// Sessions that were forgotten because no client came back within `session_config::buffer_ttl`.
    sessions_expired,
};
/// How many enumerators `counted` has.
inline constexpr std::size_t counted_kinds = static_cast<std::size_t>(counted::sessions_expired) + 1;

/// The bounds of `broker_metrics::fan_out_latency` and `socket_latency`, in nanoseconds: from 10 µs to 10 s.
inline constexpr std::array<std::uint64_t, 19> fan_out_latency_bounds{
    10'000,      25'000,        50'000,        100'000,       250'000,       500'000,     1'000'000,
    2'500'000,   5'000'000,     10'000'000,    25'000'000,    50'000'000,    100'000'000, 250'000'000,
    500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

/// The bounds of `broker_metrics::stream_lag`, in events.
inline constexpr std::array<std::uint64_t, 9> stream_lag_bounds{0, 1, 4, 16, 64, 256, 1024, 8192, 65536};

/// How often the lag of streams is sampled.
inline constexpr std::chrono::seconds stream_lag_interval{1};

/// What an operator may want to know about a broker, summed over its shards. `broker::async_metrics` makes it.
/// @code
/// auto const metrics = co_await hub.async_metrics(asio::use_awaitable);
/// auto const slow = metrics[sluice::counted::ended_as_slow];
/// @endcode
struct broker_metrics {
    /// The same numbers as from `broker::session_stats`.
    sluice::session_stats stats;
    /// How often `what` happened, or how many bytes it was, since the broker was made.
    [[nodiscard]] std::uint64_t operator[](counted what) const noexcept
    {
        return counts[static_cast<std::size_t>(what)];
    }
    /// All counters, indexed by the value of the `counted`.
    std::array<std::uint64_t, counted_kinds> counts{};

    /// The bytes of published events as they go out on a stream, each event once, up to where the shards have read.
    std::uint64_t bytes_published = 0;
    /// Publishing calls that found no room in the ring and waited.
    std::uint64_t publishes_delayed = 0;
    /// Unknown sessions that were named when events were sent, counted each time.
    std::uint64_t unknown_targets = 0;
    /// How many events the ring holds: `log_config::ring_size`.
    std::uint64_t ring_capacity = 0;
    /// Events in the ring that the slowest shard has not read yet.
    std::uint64_t ring_occupancy = 0;

    /// Broadcasts in the log. Each shard has a window of its own on the log; this is the size of the largest.
    std::uint64_t log_events = 0;
    /// Bytes in memory of the broadcasts in the largest window, plus every shard's index.
    std::uint64_t log_bytes = 0;
    /// The time since the oldest of them was published; 0 when the log is empty.
    std::chrono::system_clock::duration log_age{};
    /// Bytes in memory of events to single sessions in the largest window, plus every shard's index.
    std::uint64_t targeted_bytes = 0;

    /// Streams whose socket takes nothing at the moment.
    std::uint64_t blocked_streams = 0;

    /// From the publishing of an event until a shard had woken all its waiting clients, which then write at once, in
    /// nanoseconds: one value for each event and shard.
    histogram fan_out_latency{fan_out_latency_bounds};
    /// From the publishing of the oldest event in a write until the stream's socket had taken the whole write, in
    /// nanoseconds: one value for each write, except those of replays. While many streams are written to, one reading
    /// of the clock serves several of them.
    histogram socket_latency{fan_out_latency_bounds};
    /// From a stream's position to the log's head, in events: one value for each stream, every `stream_lag_interval`.
    /// Streams that wait for events count as 0 without being visited one by one.
    histogram stream_lag{stream_lag_bounds};
};

} // namespace sluice
