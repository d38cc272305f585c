#include "topics.hpp"

#include <sluice/http/publish_rights.hpp>
#include <sluice/http/retry_after.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

/// To forget a topic needs the right to publish to it.
asio::awaitable<reply> forget_topic(broker& b, route_request request)
{
    std::string topic{request.parameter};
    if (auto const ec = validate_topic(topic)) {
        co_return problem_reply(to_problem(ec));
    }
    event const as_published{.topics = {topic}};
    if (auto const allowed = check_rights({&as_published, 1}, request.rights); allowed.has_error()) {
        co_return problem_reply(allowed.error());
    }
    auto const [ec] = co_await b.async_forget_topic(std::move(topic), asio::as_tuple(asio::use_awaitable));
    if (ec) {
        co_return error_reply(ec, b.config().streams);
    }
    co_return reply{.status = 204, .content_type = {}, .body = {}};
}

} // namespace

void add_topic_routes(router& to, broker& b)
{
    auto const never = [](route_request const&) -> std::optional<reply> { return std::nullopt; };
    to.add(access::publish, "DELETE", "/topics/{*}", never,
           [&b](route_request const& r) { return forget_topic(b, r); });
    to.refuse_query("DELETE", "/topics/{*}");
}

} // namespace sluice::server
