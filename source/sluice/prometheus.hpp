#pragma once

#include <sluice/config.hpp>
#include <sluice/export.hpp>
#include <sluice/limits.hpp>
#include <sluice/metric_families.hpp>
#include <sluice/metrics.hpp>

#include <cstdint>

namespace sluice {

/// What an application knows about its streams and its broker does not. It is written into the broker's families, so
/// that one dashboard serves both.
struct application_metrics {
    /// Open connections that carry requests and no stream.
    std::uint64_t request_connections = 0;
    /// Requests for a stream that the application answered with 401.
    std::uint64_t unauthorized = 0;
    /// Whether the application is ending its streams because it stops.
    bool draining = false;
};

/// Adds a broker's metrics, under the names that the server gives them at `/metrics` (`sluice_…`): what
/// `broker::async_metrics` returned, the configuration and the limits in force. The alerting rules and the dashboard in
/// `tools/packaging` therefore work with an application too.
/// @code
/// sluice::metric_families families;
/// add_broker_metrics(families, co_await hub.async_metrics(asio::use_awaitable), hub.config(), hub.limits());
/// @endcode
SLUICE_EXPORT void add_broker_metrics(metric_families& to, broker_metrics const& hub, broker_config const& config,
                                      limits const& in_force, application_metrics const& more = {});

} // namespace sluice
