#pragma once

#include "requests/router.hpp"
#include <sluice/broker.hpp>

namespace sluice::server {

/// Registers `POST /sessions`, which mints a session; `GET /sessions`, which lists them in pages; `GET /sessions/{id}`,
/// which shows the one with this id or handle; and `DELETE /sessions/{id}`, which forgets it.
void add_session_routes(router& to, broker& b);

} // namespace sluice::server
