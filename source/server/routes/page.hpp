#pragma once

#include "requests/router.hpp"

namespace sluice::server {

/// `GET /`: the page that shows a person what the server does. It holds nothing secret and needs no token; what it asks
/// the server for does.
void add_page_route(router& to);

} // namespace sluice::server
