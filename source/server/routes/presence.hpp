#pragma once

#include "requests/router.hpp"
#include <sluice/broker.hpp>

namespace sluice::server {

/// Registers `GET /presence`: who has which topics open. The broker outlives the router.
void add_presence_route(router& to, broker& b);

} // namespace sluice::server
