#pragma once

#include "request_counts.hpp"
#include <sluice/config.hpp>
#include <sluice/histogram.hpp>
#include <sluice/limits.hpp>
#include <sluice/metrics.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::server {

/// Everything that `/metrics` shows, except what the process uses.
struct metrics_snapshot {
    broker_metrics hub;
    broker_config config;
    limits in_force{};
    bool draining = false;
    /// Connections that are not streams.
    std::uint64_t request_connections = 0;
    request_counts::table requests{};
    /// The keys of requests that are remembered, and how many requests have got an earlier answer.
    std::size_t idempotency_keys = 0;
    std::uint64_t idempotent_replays = 0;
    /// How long the server's own events took to come back to it, in nanoseconds.
    histogram self_check_latency{fan_out_latency_bounds};
    /// How often a thread did not take one in time.
    std::uint64_t self_checks_late = 0;
};

/// The snapshot, and what the process uses now, in Prometheus' text format.
[[nodiscard]] std::string to_prometheus_text(metrics_snapshot const& all);

} // namespace sluice::server
