#include "scrape.hpp"

#include "logs/logging.hpp"
#include "process_usage.hpp"
#include <sluice/prometheus.hpp>
#include <sluice/version.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

/// Requests for streams that did not have the right token.
[[nodiscard]] std::uint64_t unauthorized_streams(request_counts::table const& requests) noexcept
{
    constexpr auto streams = request_counts::index_of<std::string_view>(request_counts::routes, "/events");
    constexpr auto unauthorized = request_counts::index_of(request_counts::statuses, 401U);
    return requests[streams][unauthorized];
}

void add_deprecated(metric_families& to, session_stats const& s)
{
    to.gauge(
        "sluice_sessions",
        "Deprecated, goes with the next release. The buffered ones are sluice_buffered_sessions, the connected ones "
        "sluice_total_sessions without those.",
        {{.by = {{"state", "connected"}}, .value = s.total_sessions - s.buffered_sessions},
         {.by = {{"state", "buffered"}}, .value = s.buffered_sessions}});
}

[[nodiscard]] metric_families::sample requests_by(std::string_view route, std::size_t status, std::uint64_t n)
{
    auto const& known = request_counts::statuses;
    auto const code = status == known.size() ? "other" : std::to_string(known[status]);
    return {.by = {{"route", std::string{route}}, {"code", code}}, .value = n};
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
            // Each route has its successful answers from the start, others once there was one.
            if (n != 0 || (is_known && status == 0)) {
                all.push_back(requests_by(route, status, n));
            }
            // As it always was: without answers to OPTIONS and to wrong methods.
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

void add_keys(metric_families& to, metrics_snapshot const& all)
{
    to.gauge("sluice_idempotency_keys", "Values of Idempotency-Key that are remembered.", all.idempotency_keys);
    to.counter("sluice_idempotent_replays_total",
               "Publishing requests that were sent again with their Idempotency-Key and got the first answer.",
               all.idempotent_replays);
}

void add_self_check(metric_families& to, metrics_snapshot const& all)
{
    to.add("sluice_self_check_latency_seconds",
           "From publishing to itself until the server had the event on each thread.", all.self_check_latency, 1ns);
    to.counter("sluice_self_check_late_total", "Threads that had not taken the server's own event within a second.",
               all.self_checks_late);
}

/// The metrics of the process, under the names that Prometheus' own client libraries use.
void add_process(metric_families& to)
{
    to.gauge("sluice_build_info", "1, with the version of the program.",
             {{.by = {{"version", std::string{version_string}}}, .value = 1}});
    to.counter("sluice_log_lines_dropped_total",
               "Lines of the server's own log that were dropped because standard error took none.",
               dropped_log_lines());
    to.counter("process_cpu_seconds_total", "Processor time used, by user and system.", processor_time());
    to.gauge("process_resident_memory_bytes", "Resident memory.", resident_bytes());
    to.gauge("process_virtual_memory_bytes", "Virtual memory.", virtual_bytes());
    to.gauge("process_open_fds", "Open file descriptors.", open_descriptors());
    to.gauge("process_max_fds", "The most open file descriptors.", descriptor_limit());
    to.gauge("process_start_time_seconds", "When the process started, since the epoch.",
             process_start().time_since_epoch());
}

} // namespace

std::string to_prometheus_text(metrics_snapshot const& all)
{
    metric_families to;
    add_broker_metrics(to, all.hub, all.config, all.in_force,
                       {.request_connections = all.request_connections,
                        .unauthorized = unauthorized_streams(all.requests),
                        .draining = all.draining});
    add_deprecated(to, all.hub.stats);
    add_requests(to, all.requests);
    add_keys(to, all);
    add_self_check(to, all);
    add_process(to);
    return to.text();
}

} // namespace sluice::server
