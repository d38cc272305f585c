#include "history.hpp"

#include "json_array.hpp"
#include "page_limit.hpp"
#include <sluice/event/frame.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/interest_parameters.hpp>
#include <sluice/http/request_fields.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

void add_json(std::string& to, event const& e)
{
    auto const type = e.type.empty() ? default_event_type : std::string_view{e.type};
    fmt::format_to(std::back_inserter(to), R"({{"id":{},"topics":{},"type":{},"data":{},"time":"{}","private":{}}})",
                   json_string(e.id), json_array(e.topics), json_string(type), json_string(e.data),
                   format_time(e.timestamp), e.is_private);
}

[[nodiscard]] expected<void> take_parameter(history_query& wanted, session_meta& asked, interest_parameters& interest,
                                            std::string_view name, std::string& value)
{
    if (interest_parameters::has(name)) {
        return interest.take(name, value, asked);
    }
    if (name == "since") {
        wanted.since = std::move(value);
        return {};
    }
    if (name == "limit") {
        return read_page_limit(value, wanted.limit);
    }
    if (name != "access_token" && name != "authorization") {
        return unknown_field(name, "the query");
    }
    return {};
}

[[nodiscard]] expected<history_query> parse_query(route_request const& request, topic_patterns const* patterns)
{
    auto named = parse_form(request.input.query, "query");
    if (named.has_error()) {
        return named.error();
    }
    history_query wanted{.grant = request.grant};
    for (auto const* const name : {"since", "limit"}) {
        if (auto const once = single_value(*named, name, "query"); once.has_error()) {
            return once.error();
        }
    }
    session_meta asked;
    interest_parameters interest{patterns, "query"};
    for (auto& [name, value] : *named) {
        auto const taken = take_parameter(wanted, asked, interest, name, value);
        if (taken.has_error()) {
            return taken.error();
        }
    }
    wanted.types = std::move(asked.subscriptions);
    wanted.topics = std::move(asked.topics);
    wanted.topic_patterns = std::move(asked.topic_patterns);
    return wanted;
}

asio::awaitable<reply> read(broker& b, route_request request)
{
    auto wanted = parse_query(request, b.config().patterns.get());
    if (wanted.has_error()) {
        co_return problem_reply(wanted.error());
    }
    auto const [ec, page] = co_await b.async_history(std::move(*wanted), asio::as_tuple(asio::use_awaitable));
    if (ec) {
        co_return problem_reply(to_problem(ec));
    }
    std::string body = R"({"events":[)";
    for (auto const& e : page.events) {
        body += body.ends_with('[') ? "" : ",";
        add_json(body, e);
    }
    body += fmt::format(R"(],"next":{}}})", page.next.empty() ? "null" : json_string(page.next));
    co_return json_reply(std::move(body));
}

} // namespace

void add_history_route(router& to, broker& b)
{
    auto const never = [](route_request const&) -> std::optional<reply> { return std::nullopt; };
    to.add(access::subscribe, "GET", "/history", never, [&b](route_request const& r) { return read(b, r); });
}

} // namespace sluice::server
