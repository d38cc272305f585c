#include "metrics.hpp"

#include "end_reasons.hpp"
#include "logging.hpp"
#include "metric_families.hpp"
#include "process_usage.hpp"
#include <sluice/version.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {
namespace {

constexpr double nanosecond = 1e-9;

template <class Rep, class Period>
[[nodiscard]] double seconds(std::chrono::duration<Rep, Period> d)
{
    return std::chrono::duration<double>{d}.count();
}

[[nodiscard]] double number(std::uint64_t n) noexcept { return static_cast<double>(n); }

[[nodiscard]] metric_families::sample by(std::string label, std::string value, std::uint64_t n)
{
    return {.by = {{std::move(label), std::move(value)}}, .value = number(n)};
}

/// The numbers of `/stats`, under the same names.
void add_stats(metric_families& to, session_stats const& s, session_config const& config)
{
    to.gauge("sluice_active_clients", "Streams that are connected.", number(s.active_clients));
    to.gauge("sluice_total_sessions", "Sessions, connected or not.", number(s.total_sessions));
    to.gauge("sluice_buffered_sessions", "Sessions without a connection.", number(s.buffered_sessions));
    to.counter("sluice_events_published_total", "Broadcasts and sends, each once.", number(s.events_published));
    to.counter("sluice_events_delivered_total",
               "Published events, once for each stream they were written to, replays included.",
               number(s.events_delivered));
    to.counter("sluice_bytes_delivered_total", "Bytes written to the bodies of streams, without HTTP's framing.",
               number(s.bytes_delivered));
    to.counter("sluice_reconnections_total", "Streams that went on with a session.", number(s.reconnections));
    to.counter("sluice_rejected_claims_total", "Claims to a session that failed the ownership check.",
               number(s.rejected_claims));
    to.counter("sluice_slow_consumers_dropped_total", "Streams closed because their client lagged or took nothing.",
               number(s.slow_consumers_dropped));
    to.gauge("sluice_uptime_seconds", "The time since the start.", seconds(s.uptime));
    to.gauge("sluice_buffer_size", "The most events that a session is replayed.", number(config.buffer_size));
    to.gauge("sluice_buffer_ttl_seconds", "How long a session without a connection is kept.",
             seconds(config.buffer_ttl));
    to.gauge("sluice_reconnection_enabled", "1 when a client may come back to its session.",
             config.reconnection ? 1 : 0);
    to.gauge("sluice_cleanup_interval_seconds", "How often expired sessions are swept.",
             seconds(config.cleanup_interval));
}

/// Requests for a stream without the right token.
[[nodiscard]] std::uint64_t unauthorized_streams(request_counts::table const& requests) noexcept
{
    constexpr auto streams = request_counts::index_of<std::string_view>(request_counts::routes, "/events");
    constexpr auto unauthorized = request_counts::index_of(request_counts::statuses, 401U);
    return requests[streams][unauthorized];
}

void add_streams(metric_families& to, metrics_snapshot const& all)
{
    auto const& m = all.hub;
    to.counter("sluice_streams_opened_total", "Streams that were let in.", number(m[counted::streams_opened]));
    std::vector<metric_families::sample> ended;
    ended.reserve(end_reasons.size());
    for (auto const& reason : end_reasons) {
        ended.push_back(by("reason", std::string{reason.name}, m[reason.count]));
    }
    to.counter("sluice_streams_ended_total",
               "Streams that ended: the client left, the connection failed otherwise, the client was too slow, another "
               "connection took the session over, the server drained, or on request, which kept or forgot the session.",
               ended);
    to.counter("sluice_streams_refused_total", "Requests for a stream that were refused, by the limit or rule.",
               {by("reason", "max_connections", m[counted::refused_above_connections]),
                by("reason", "max_sessions", m[counted::refused_above_sessions]),
                by("reason", "ownership", m[counted::refused_claims]),
                by("reason", "thrashing", m[counted::refused_thrashing]),
                by("reason", "drain", m[counted::refused_by_drain]),
                by("reason", "memory", m[counted::refused_for_memory]),
                by("reason", "unauthorized", unauthorized_streams(all.requests))});
    to.counter("sluice_requests_cut_total", "Requests for streams of which a session keeps a part alone.",
               number(m[counted::requests_cut]));
    to.counter("sluice_thrashing_sessions_total", "Bursts of reconnections of one session above the limit.",
               number(m[counted::thrashing_sessions]));
    to.counter(
        "sluice_replays_total",
        "Streams that began with a session or a last event id and got all that the client had missed (full, also "
        "when that was nothing), some of it (partial) or nothing of it (none).",
        {by("outcome", "full", m[counted::replays_full]), by("outcome", "partial", m[counted::replays_partial]),
         by("outcome", "none", m[counted::replays_none])});
    to.counter("sluice_events_replayed_total", "Missed events that streams began with.",
               number(m[counted::events_replayed]));
    to.counter(
        "sluice_events_lost_total",
        "Missed events that were not held any more when their client came back, as far as their number is known.",
        number(m[counted::events_lost]));
    to.add("sluice_stream_lag_events",
           "Events between a stream's position and the newest; each second adds one value for each stream.",
           m.stream_lag);
}

void add_states(metric_families& to, metrics_snapshot const& all)
{
    auto const& m = all.hub;
    auto const blocked = std::min(m.blocked_streams, m.stats.active_clients);
    to.gauge("sluice_connections",
             "Open connections: those that carry requests, streams, and streams whose client takes nothing now.",
             {by("state", "requests", all.request_connections),
              by("state", "streaming", m.stats.active_clients - blocked), by("state", "blocked", blocked)});
    to.counter("sluice_sessions_created_total", "Sessions that began: for a client that connected, or minted.",
               number(m[counted::sessions_created]));
    to.counter("sluice_sessions_expired_total", "Sessions forgotten because no client came back in time.",
               number(m[counted::sessions_expired]));
    to.gauge(
        "sluice_sessions",
        "Deprecated, goes with the next release. The buffered ones are sluice_buffered_sessions, the connected ones "
        "sluice_total_sessions without those.",
        {by("state", "connected", m.stats.total_sessions - m.stats.buffered_sessions),
         by("state", "buffered", m.stats.buffered_sessions)});
    to.gauge("sluice_max_connections", "The most streams at once.", number(all.in_force.max_connections));
    to.gauge("sluice_max_sessions", "The most sessions, connected or not.", number(all.in_force.max_sessions));
    to.gauge("sluice_draining", "1 while the server ends its streams to stop.", all.draining ? 1 : 0);
}

[[nodiscard]] metric_families::sample requests_by(std::string_view route, std::size_t status, std::uint64_t n)
{
    auto const& known = request_counts::statuses;
    auto const code = status == known.size() ? "other" : std::to_string(known[status]);
    return {.by = {{"route", std::string{route}}, {"code", code}}, .value = number(n)};
}

void add_requests(metric_families& to, request_counts::table const& counts)
{
    std::vector<metric_families::sample> all;
    std::vector<metric_families::sample> publishing;
    for (std::size_t row = 0; row != counts.size(); ++row) {
        bool const is_known = row != request_counts::routes.size();
        auto const route = is_known ? request_counts::routes[row] : "other";
        for (std::size_t status = 0; status != counts[row].size(); ++status) {
            auto const n = counts[row][status];
            // Of each route the good answers are there from the start, and others when there was one.
            if (n != 0 || (is_known && status == 0)) {
                all.push_back(requests_by(route, status, n));
            }
            // As it was: without the answers to OPTIONS and to other methods.
            bool const publishes = status == request_counts::statuses.size() ||
                                   (request_counts::statuses[status] != 204 && request_counts::statuses[status] != 405);
            if (publishes && (route == "/broadcast" || route == "/send")) {
                publishing.push_back(requests_by(route, status, n));
            }
        }
    }
    to.counter(
        "sluice_http_requests_total",
        "Requests, by the pattern of their route and the status of the answer; that to one for a stream is given "
        "when the stream begins.",
        all);
    to.counter("sluice_publish_requests_total",
               "Deprecated, goes with the next release: sluice_http_requests_total has them by the same labels.",
               publishing);
}

void add_publishing(metric_families& to, metrics_snapshot const& all)
{
    to.counter("sluice_unknown_targets_total", "Sessions that sends named and that were not known.",
               number(all.hub.unknown_targets));
    to.counter("sluice_bytes_published_total",
               "Bytes of the published events as they go out on a stream, each event once.",
               number(all.hub.bytes_published));
    to.counter("sluice_publishes_delayed_total", "Publishes that found the ring full and waited for room.",
               number(all.hub.publishes_delayed));
    to.gauge("sluice_ring_events", "Events in the ring that the slowest thread has yet to read.",
             number(all.hub.ring_occupancy));
    to.gauge("sluice_ring_capacity_events", "Room in the ring.", number(all.hub.ring_capacity));
    to.add(
        "sluice_fan_out_latency_seconds",
        "From an event's publishing until a thread had woken all its waiting streams for it; one value for each event "
        "and thread.",
        all.hub.fan_out_latency, nanosecond);
    to.add("sluice_publish_to_socket_seconds",
           "From the publishing of the oldest event in a write until a stream's socket had taken the write; one value "
           "for each stream and write, replays left out.",
           all.hub.socket_latency, nanosecond);
    to.add("sluice_self_check_latency_seconds",
           "From publishing to itself until the server had the event on each thread.", all.self_check_latency,
           nanosecond);
    to.counter("sluice_self_check_late_total", "Threads that had not taken the server's own event within a second.",
               number(all.self_checks_late));
}

void add_log(metric_families& to, broker_metrics const& m)
{
    to.gauge("sluice_log_events", "Broadcasts that are held for clients that lag or resume.", number(m.log_events));
    to.gauge("sluice_log_bytes", "Bytes in memory of those broadcasts, with each thread's index of them.",
             number(m.log_bytes));
    to.gauge("sluice_log_oldest_age_seconds", "The time since the oldest of them was published.", seconds(m.log_age));
    to.gauge("sluice_targeted_bytes", "Bytes in memory of events that are held for single sessions.",
             number(m.targeted_bytes));
}

/// What is the process's; those that every client library of Prometheus has by the names that those have.
void add_process(metric_families& to)
{
    to.gauge("sluice_build_info", "1, with the version of the program.",
             {{.by = {{"version", std::string{version_string}}}, .value = 1}});
    to.counter("sluice_log_lines_dropped_total",
               "Lines of the server's own log that were dropped because standard error took none.",
               number(dropped_log_lines()));
    to.counter("process_cpu_seconds_total", "Processor time used, by user and system.", seconds(processor_time()));
    to.gauge("process_resident_memory_bytes", "Resident memory.", number(resident_bytes()));
    to.gauge("process_virtual_memory_bytes", "Virtual memory.", number(virtual_bytes()));
    to.gauge("process_open_fds", "Open file descriptors.", number(open_descriptors()));
    to.gauge("process_max_fds", "The most open file descriptors.", number(descriptor_limit()));
    to.gauge("process_start_time_seconds", "When the process started, since the epoch.",
             seconds(process_start().time_since_epoch()));
}

} // namespace

std::string to_prometheus_text(metrics_snapshot const& all)
{
    metric_families to;
    add_stats(to, all.hub.stats, all.sessions);
    add_states(to, all);
    add_streams(to, all);
    add_requests(to, all.requests);
    add_publishing(to, all);
    add_log(to, all.hub);
    add_process(to);
    return to.text();
}

} // namespace sluice::server
