#pragma once

#include "active_subscriptions.hpp"
#include "options/options.hpp"
#include "requests/router.hpp"
#include <sluice/broker.hpp>
#include <url_pattern/topic.hpp>

#include <memory>
#include <string>

namespace sluice::server::mercure {

/// Adds the hub of the Mercure protocol, with the document that describes it. `origin` is that of the server's own
/// URL, such as `https://hub.example`, `base` what relative patterns of tokens are resolved against. With the option
/// `presence` it tells of the subscriptions of open streams, and returns what knows them.
std::shared_ptr<active_subscriptions> add_routes(router& to, broker& b, options const& o, std::string const& origin,
                                                 url_pattern::base_url const& base);

} // namespace sluice::server::mercure
