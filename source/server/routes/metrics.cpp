#include "metrics.hpp"

#include "metrics/scrape.hpp"
#include <sluice/metric_families.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sluice::server {
namespace {

boost::asio::awaitable<reply> answer(service const& s, telemetry const& t)
{
    metrics_snapshot all;
    all.hub = co_await s.broker.async_metrics(boost::asio::use_awaitable);
    all.config = s.broker.config();
    all.in_force = s.broker.limits();
    all.draining = s.draining;
    all.idempotency_keys = s.keys.size();
    all.idempotent_replays = s.keys.replayed();
    auto check = t.self_check();
    all.self_check_latency = std::move(check.latency);
    all.self_checks_late = check.times_late;
    for (auto const* const w : s.workers) {
        all.request_connections += w->open_connections();
        w->requests().add_to(all.requests);
    }
    co_return reply{.status = 200, .content_type = metrics_content_type, .body = to_prometheus_text(all)};
}

} // namespace

void add_metrics_route(router& to, service const& s, telemetry const& t)
{
    to.add(
        access::open, "GET", "/metrics", [](route_request const&) -> std::optional<reply> { return std::nullopt; },
        [&s, &t](route_request const&) { return answer(s, t); });
    to.refuse_query("GET", "/metrics");
}

} // namespace sluice::server
