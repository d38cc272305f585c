#pragma once

#include "requests/router.hpp"

namespace sluice::server {

/// Registers `GET /`: the page that shows what the server does. It contains no secrets and needs no token; the requests
/// that it sends do.
void add_page_route(router& to);

} // namespace sluice::server
