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

/// All that `/metrics` tells, but what the process costs.
struct metrics_snapshot {
    broker_metrics hub;
    broker_config config;
    limits in_force{};
    bool draining = false;
    /// Connections that carry requests and no stream.
    std::uint64_t request_connections = 0;
    request_counts::table requests{};
    /// In nanoseconds, how long the server's own events took to come back to it.
    histogram self_check_latency{fan_out_latency_bounds};
    /// How often a thread had not taken one in time.
    std::uint64_t self_checks_late = 0;
};

/// The snapshot, and what the process costs now, in Prometheus' text format.
[[nodiscard]] std::string to_prometheus_text(metrics_snapshot const& all);

} // namespace sluice::server
