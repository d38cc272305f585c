#pragma once

#include "requests/router.hpp"
#include <sluice/broker.hpp>

namespace sluice::server {

/// Adds `DELETE /topics/{topic}`. The broker outlives the router.
void add_topic_routes(router& to, broker& b);

} // namespace sluice::server
