#pragma once

#include "connections/worker.hpp"
#include "metrics/telemetry.hpp"
#include "requests/router.hpp"

namespace sluice::server {

/// Registers `GET /metrics`: everything that the server counts, for Prometheus. Both arguments outlive the router's
/// use.
void add_metrics_route(router& to, service const& s, telemetry const& t);

} // namespace sluice::server
