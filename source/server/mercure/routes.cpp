#include "routes.hpp"

#include "access/jwt/rights.hpp"
#include "keys/fetch.hpp"
#include "paths.hpp"
#include "requests/stream_route.hpp"
#include "routes/json_array.hpp"
#include "subscription.hpp"
#include "subscriptions_route.hpp"
#include "update.hpp"
#include <sluice/http/publish_events.hpp>
#include <sluice/http/publish_rights.hpp>
#include <sluice/http/retry_after.hpp>

#include <boost/asio/awaitable.hpp>

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::server::mercure {

namespace asio = boost::asio;

namespace {

[[nodiscard]] reply answer_to(expected<publish_receipt> const& published, broker const& b)
{
    if (published.has_error()) {
        return error_reply(published.error(), b.config().streams);
    }
    return {.status = 200, .content_type = "text/plain; charset=utf-8", .body = published->first};
}

/// The update, if the publisher has the right to publish it to each of its topics.
[[nodiscard]] expected<std::vector<event>> read_update(broker const& b, routed_request const& request)
{
    auto const by = request.who.token ? request.who.token->dialect : jwt::dialect::v1;
    auto update = parse_update(request.input, by, b.limits().max_event_bytes);
    if (update.has_error()) {
        return update.error();
    }
    std::vector<event> events;
    events.push_back(std::move(*update));
    auto const allowed = check_rights(events, request.rights);
    return allowed.has_error() ? expected<std::vector<event>>{allowed.error()} : std::move(events);
}

/// Nothing is published and nothing returned if the ring has no room.
[[nodiscard]] std::optional<reply> try_publish(broker& b, routed_request const& request)
{
    if (b.stopping()) {
        return error_reply(errc::stopped, b.config().streams);
    }
    auto const update = read_update(b, request);
    if (update.has_error()) {
        return problem_reply(update.error());
    }
    auto const published = try_publish_events(b, *update);
    return published ? std::optional{answer_to(*published, b)} : std::nullopt;
}

asio::awaitable<reply> publish(broker& b, routed_request request)
{
    auto update = read_update(b, request);
    if (update.has_error()) {
        co_return problem_reply(update.error());
    }
    auto const published = co_await publish_events(b, std::move(*update));
    co_return answer_to(published, b);
}

/// The metadata of a protected resource (RFC 9728, section 2). That tokens may be in the query, for `EventSource`, is
/// left out, because Mercure 1.0 knows of no such tokens.
[[nodiscard]] std::string describe(options const& o, std::string const& origin)
{
    auto const servers = is_web_url(o.jwt.issuer) ? fmt::format(R"("authorization_servers":{},)",
                                                                json_array(std::vector<std::string>{o.jwt.issuer}))
                                                  : std::string{};
    return fmt::format(R"({{"resource":{},{}"bearer_methods_supported":["header"],)"
                       R"("authorization_details_types_supported":[{}],)"
                       R"("mercure_cookie":"__Secure-mercure_access_token",)"
                       R"("mercure_matcher_types_supported":["exact","urlpattern"]{}}})",
                       json_string(origin + hub_path), servers, json_string(jwt::detail_type),
                       o.presence ? R"(,"mercure_subscriptions":true)" : "");
}

} // namespace

std::shared_ptr<active_subscriptions> add_routes(router& to, broker& b, options const& o, std::string const& origin,
                                                 url_pattern::base_url const& base)
{
    auto const stream = std::make_shared<stream_route>(b, parse_subscription);
    to.add_queried_stream(access::subscribe, hub_path, stream, {"QUERY"});
    auto const all = o.presence ? std::make_shared<active_subscriptions>(b) : nullptr;
    if (all) {
        stream->attend = [all, base](auto const& request, std::string_view form, admission const& who) {
            return all->begin(subscriptions_of(request, form, who, base));
        };
        add_subscriptions_routes(to, *all, b, origin, base);
    }
    if (o.publishing) {
        to.add(
            access::publish, "POST", hub_path, [&b](routed_request const& r) { return try_publish(b, r); },
            [&b](routed_request const& r) { return publish(b, r); }, true);
        to.publish_once(hub_path);
    }
    to.add(access::open, "GET", metadata_path,
           [text = describe(o, origin)](routed_request const& /*request*/) { return std::optional{json_reply(text)}; });
    to.describe(hub_path, origin + metadata_path, "Last-Event-ID, Mercure-Last-Event-ID");
    return all;
}

} // namespace sluice::server::mercure
