#pragma once

#include "connections/worker.hpp"

namespace sluice::server {

/// `GET /healthz`: the process is alive. `GET /readyz`: it accepts; 503 while it drains.
void add_health_routes(router& to, service const& s);

} // namespace sluice::server
