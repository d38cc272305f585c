#pragma once

#include "connections/worker.hpp"

namespace sluice::server {

/// Registers `GET /healthz`, which says that the process is alive, and `GET /readyz`, which is 503 while the server
/// drains.
void add_health_routes(router& to, service const& s);

} // namespace sluice::server
