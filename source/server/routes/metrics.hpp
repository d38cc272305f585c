#pragma once

#include "../router.hpp"
#include "../worker.hpp"

namespace sluice::server {

/// `GET /metrics`: all that the server counts, for Prometheus. The service outlives the router's use.
void add_metrics_route(router& to, service const& s);

} // namespace sluice::server
