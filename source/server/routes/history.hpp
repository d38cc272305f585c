#pragma once

#include "requests/router.hpp"
#include <sluice/broker.hpp>

namespace sluice::server {

/// Registers `GET /history`, which reads what the log holds, in pages. The broker outlives the router's use.
void add_history_route(router& to, broker& b);

} // namespace sluice::server
