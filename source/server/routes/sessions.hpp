#pragma once

#include "requests/router.hpp"
#include <sluice/broker.hpp>

namespace sluice::server {

/// `POST /sessions` mints a session, `GET /sessions` lists them by pages, `GET /sessions/{id}` shows the one with the
/// id or handle, `DELETE /sessions/{id}` forgets one.
void add_session_routes(router& to, broker& b);

} // namespace sluice::server
