#pragma once

#include <sluice/config.hpp>
#include <sluice/export.hpp>
#include <sluice/limits.hpp>
#include <sluice/metric_families.hpp>
#include <sluice/metrics.hpp>

#include <cstdint>

namespace sluice {

/// What an application knows of its streams and its broker does not: counted in families that the broker has too.
struct application_metrics {
    /// Open connections that carry requests and no stream.
    std::uint64_t request_connections = 0;
    /// Requests for a stream that the application refused because they did not say who they are from (401).
    std::uint64_t unauthorized = 0;
    /// Whether the application ends its streams to stop.
    bool draining = false;
};

/// Adds the metrics of a broker, each named `sluice_…`, as the server has them at `/metrics`: what
/// `broker::async_metrics` gave, the configuration and the limits in force. The rules and the dashboard in
/// `tools/packaging` find them there.
/// @code
/// sluice::metric_families families;
/// add_broker_metrics(families, co_await hub.async_metrics(asio::use_awaitable), hub.config(), hub.limits());
/// @endcode
SLUICE_EXPORT void add_broker_metrics(metric_families& to, broker_metrics const& hub, broker_config const& config,
                                      limits const& in_force, application_metrics const& more = {});

} // namespace sluice
