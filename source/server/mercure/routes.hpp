#pragma once

#include "options/options.hpp"
#include "requests/router.hpp"
#include <sluice/broker.hpp>

#include <string>

namespace sluice::server::mercure {

/// Adds the hub of the Mercure protocol, with the document that describes it. `origin` is that of the server's own
/// URL, such as `https://hub.example`.
void add_routes(router& to, broker& b, options const& o, std::string const& origin);

} // namespace sluice::server::mercure
