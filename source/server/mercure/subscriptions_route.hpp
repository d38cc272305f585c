#pragma once

#include "active_subscriptions.hpp"
#include "requests/router.hpp"
#include <url_pattern/topic.hpp>

#include <string>

namespace sluice::server::mercure {

/// Adds the routes that tell of the subscriptions of open streams, for tokens that grant to subscribe to the route's
/// path: all of them, those with one selector, one of them. `origin` is that of the server's own URL, `base` what
/// relative patterns of tokens are resolved against.
void add_subscriptions_routes(router& to, active_subscriptions& all, broker& b, std::string const& origin,
                              url_pattern::base_url const& base);

/// What the stream that a request asks for subscribes to, and the payloads that its token has for that. The request is
/// one that `parse_subscription` has read.
[[nodiscard]] std::vector<subscription> subscriptions_of(boost::beast::http::request_header<> const& request,
                                                         std::string_view form, admission const& who,
                                                         url_pattern::base_url const& base);

} // namespace sluice::server::mercure
