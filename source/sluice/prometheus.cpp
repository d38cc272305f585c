#include <sluice/prometheus.hpp>

#include <sluice/end_reasons.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;

[[nodiscard]] metric_families::sample by(std::string label, std::string value, std::uint64_t n)
{
    return {.by = {{std::move(label), std::move(value)}}, .value = n};
}

/// The numbers of `/stats`, under the same names as there.
void add_stats(metric_families& to, session_stats const& s, session_config const& config)
{
    to.gauge("sluice_active_clients", "Streams that are connected.", s.active_clients);
    to.gauge("sluice_total_sessions", "Sessions, connected or not.", s.total_sessions);
    to.gauge("sluice_buffered_sessions", "Sessions without a connection.", s.buffered_sessions);
    to.counter("sluice_events_published_total", "Broadcasts and sends, each once.", s.events_published);
    to.counter("sluice_events_delivered_total",
               "Published events, once for each stream they were written to, replays included.", s.events_delivered);
    to.counter("sluice_bytes_delivered_total", "Bytes written to the bodies of streams, without HTTP's framing.",
               s.bytes_delivered);
    to.counter("sluice_reconnections_total", "Streams that continued a session.", s.reconnections);
    to.counter("sluice_rejected_claims_total", "Claims to a session that failed the ownership check.",
               s.rejected_claims);
    to.counter("sluice_slow_consumers_dropped_total", "Streams closed because their client lagged or took nothing.",
               s.slow_consumers_dropped);
    to.gauge("sluice_uptime_seconds", "The time since the start.", s.uptime);
    to.gauge("sluice_buffer_size", "The most events that a session is replayed.", config.buffer_size);
    to.gauge("sluice_buffer_ttl_seconds", "How long a session without a connection is kept.", config.buffer_ttl);
    to.gauge("sluice_reconnection_enabled", "1 if a client may come back to its session.", config.reconnection ? 1 : 0);
    to.gauge("sluice_cleanup_interval_seconds", "How often expired sessions are swept.", config.cleanup_interval);
}

void add_streams(metric_families& to, broker_metrics const& m, application_metrics const& more)
{
    to.counter("sluice_streams_opened_total", "Streams that were let in.", m[counted::streams_opened]);
    std::vector<metric_families::sample> ended;
    ended.reserve(end_reasons.size());
    for (auto const& reason : end_reasons) {
        ended.push_back(by("reason", std::string{reason.name}, m[reason.count]));
    }
    to.counter(
        "sluice_streams_ended_total",
        "Streams that ended, by reason: the client left, the connection failed, the client was too slow, another "
        "connection took the session over, the server drained, or a request ended it.",
        ended);
    to.counter(
        "sluice_streams_refused_total", "Requests for a stream that were refused, by the limit or rule.",
        {by("reason", "max_connections", m[counted::refused_above_connections]),
         by("reason", "max_sessions", m[counted::refused_above_sessions]),
         by("reason", "ownership", m[counted::refused_claims]),
         by("reason", "thrashing", m[counted::refused_thrashing]), by("reason", "drain", m[counted::refused_by_drain]),
         by("reason", "memory", m[counted::refused_for_memory]),
         by("reason", "topic", m[counted::refused_behind_topic]), by("reason", "unauthorized", more.unauthorized)});
    to.counter("sluice_requests_cut_total", "Requests for streams with more metadata than a session keeps.",
               m[counted::requests_cut]);
    to.counter("sluice_thrashing_sessions_total", "Bursts of reconnections of one session above the limit.",
               m[counted::thrashing_sessions]);
    to.counter(
        "sluice_replays_total",
        "Streams that began with a session or a last event id, by how much of what the client had missed they got: "
        "all, if anything (full), some (partial) or nothing (none).",
        {by("outcome", "full", m[counted::replays_full]), by("outcome", "partial", m[counted::replays_partial]),
         by("outcome", "none", m[counted::replays_none])});
    to.counter("sluice_events_replayed_total", "Missed events that were replayed.", m[counted::events_replayed]);
    to.counter("sluice_events_lost_total",
               "Missed events that were no longer kept when their client came back, where their number is known.",
               m[counted::events_lost]);
    to.add("sluice_stream_lag_events",
           "Events between a stream's position and the newest event: one value a second for each stream.",
           m.stream_lag);
}

void add_states(metric_families& to, broker_metrics const& m, limits const& in_force, application_metrics const& more)
{
    auto const blocked = std::min(m.blocked_streams, m.stats.active_clients);
    to.gauge("sluice_connections",
             "Open connections: those for requests, streams, and streams whose socket takes nothing at the moment.",
             {by("state", "requests", more.request_connections),
              by("state", "streaming", m.stats.active_clients - blocked), by("state", "blocked", blocked)});
    to.counter("sluice_sessions_created_total", "Sessions that began: for a client that connected, or minted.",
               m[counted::sessions_created]);
    to.counter("sluice_sessions_expired_total", "Sessions forgotten because no client came back in time.",
               m[counted::sessions_expired]);
    to.gauge("sluice_max_connections", "The most streams at once.", in_force.max_connections);
    to.gauge("sluice_max_sessions", "The most sessions, connected or not.", in_force.max_sessions);
    to.gauge("sluice_draining", "1 while the server drains.", more.draining ? 1 : 0);
}

void add_publishing(metric_families& to, broker_metrics const& m)
{
    to.counter("sluice_unknown_targets_total", "Unknown sessions that were named when events were sent.",
               m.unknown_targets);
    to.counter("sluice_bytes_published_total",
               "Bytes of the published events as they go out on a stream, each event once.", m.bytes_published);
    to.counter("sluice_publishes_delayed_total", "Publishing calls that found the ring full and waited.",
               m.publishes_delayed);
    to.gauge("sluice_ring_events", "Events in the ring that the slowest thread has yet to read.", m.ring_occupancy);
    to.gauge("sluice_ring_capacity_events", "Room in the ring.", m.ring_capacity);
    to.add("sluice_fan_out_latency_seconds",
           "From the publishing of an event until a thread had woken all its waiting streams: one value for each event "
           "and thread.",
           m.fan_out_latency, 1ns);
    to.add(
        "sluice_publish_to_socket_seconds",
        "From the publishing of the oldest event in a write until the stream's socket had taken the write: one value "
        "for each write, except those of replays.",
        m.socket_latency, 1ns);
}

void add_log(metric_families& to, broker_metrics const& m)
{
    to.gauge("sluice_log_events", "Broadcasts that are kept for clients that lag or resume.", m.log_events);
    to.gauge("sluice_log_bytes", "Bytes in memory of those broadcasts, plus each thread's index.", m.log_bytes);
    to.gauge("sluice_log_oldest_age_seconds", "The time since the oldest of them was published.", m.log_age);
    to.gauge("sluice_targeted_bytes", "Bytes in memory of events to single sessions, plus each thread's index.",
             m.targeted_bytes);
}

} // namespace

void add_broker_metrics(metric_families& to, broker_metrics const& hub, broker_config const& config,
                        limits const& in_force, application_metrics const& more)
{
    add_stats(to, hub.stats, config.sessions);
    add_states(to, hub, in_force, more);
    add_streams(to, hub, more);
    add_publishing(to, hub);
    add_log(to, hub);
}

} // namespace sluice
