#include "sessions.hpp"

#include "json_array.hpp"
#include "page_limit.hpp"
#include <sluice/event/frame.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/request_fields.hpp>
#include <sluice/http/retry_after.hpp>
#include <url_pattern/topic_patterns.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

/// The patterns as they are shown: a URI template of Mercure 0.x with `template:` in front.
[[nodiscard]] std::vector<std::string> shown_patterns(std::vector<std::string> texts)
{
    for (auto& text : texts) {
        if (auto const uri_template = url_pattern::template_in(text)) {
            text = fmt::format("template:{}", *uri_template);
        }
    }
    return texts;
}

[[nodiscard]] std::string to_json(session_info const& s)
{
    return fmt::format(R"({{"id":"{}","handle":"{}","active":{},"created":"{}","lastSeen":"{}","reconnections":{},)"
                       R"("buffered":{},"lag":{},"address":{},"userAgent":{},"clientVersion":{},"subject":{},)"
                       R"("types":{},"topics":{},"topicPatterns":{}}})",
                       s.id, s.handle, s.active, format_time(s.created), format_time(s.last_seen), s.reconnections,
                       s.buffered, s.lag, json_string(s.address), json_string(s.user_agent),
                       json_string(s.client_version), json_string(s.subject), json_array(s.types), json_array(s.topics),
                       json_array(shown_patterns(s.topic_patterns)));
}

/// Reads one parameter of the query.
[[nodiscard]] expected<void> take_parameter(session_query& wanted, std::string_view name, std::string&& value)
{
    if (name == "limit") {
        return read_page_limit(value, wanted.limit);
    }
    if (name == "after") {
        wanted.after = parse_session_id(value);
        if (!wanted.after) {
            return bad_request("'after' is not the id of a session");
        }
    } else if (name == "subject") {
        wanted.subject = std::move(value);
    } else if (name == "active") {
        if (value != "true" && value != "false") {
            return bad_request("'active' is neither true nor false");
        }
        wanted.active = value == "true";
    } else if (name == "topic") {
        wanted.topic = std::move(value);
    } else if (name != "access_token") {
        return unknown_field(name, "the query");
    }
    return {};
}

[[nodiscard]] expected<session_query> parse_query(std::string_view query)
{
    auto named = parse_form(query, "query");
    if (named.has_error()) {
        return named.error();
    }
    session_query wanted;
    wanted.limit = default_page;
    for (auto& [name, value] : *named) {
        if (auto const once = single_value(*named, name, "query"); once.has_error()) {
            return once.error();
        }
        if (auto const taken = take_parameter(wanted, name, std::string{value}); taken.has_error()) {
            return taken.error();
        }
    }
    return wanted;
}

asio::awaitable<reply> list(broker& b, route_request request)
{
    auto wanted = parse_query(request.input.query);
    if (wanted.has_error()) {
        co_return problem_reply(wanted.error());
    }
    // One more than requested, to learn whether there is a next page.
    auto const limit = wanted->limit++;
    auto const [found] = co_await b.async_list(std::move(*wanted), asio::as_tuple(asio::use_awaitable));
    bool const more = found.size() > limit;
    std::string sessions;
    auto const shown = more ? limit : found.size();
    for (std::size_t i = 0; i != shown; ++i) {
        sessions += i == 0 ? "" : ",";
        sessions += to_json(found[i]);
    }
    co_return json_reply(
        fmt::format(R"({{"sessions":[{}],"next":{}}})", sessions, more ? json_string(found[shown - 1].id) : "null"));
}

asio::awaitable<reply> show(broker& b, route_request request)
{
    error_code ec;
    session_info found;
    if (auto const id = parse_session_id(request.parameter)) {
        std::tie(ec, found) = co_await b.async_find(*id, asio::as_tuple(asio::use_awaitable));
    } else {
        std::tie(ec, found) =
            co_await b.async_find(std::string{request.parameter}, asio::as_tuple(asio::use_awaitable));
    }
    co_return ec ? problem_reply(to_problem(ec)) : json_reply(to_json(found));
}

asio::awaitable<reply> mint(broker& b)
{
    auto const [ec, id] = co_await b.async_mint(asio::as_tuple(asio::use_awaitable));
    if (ec) {
        co_return error_reply(ec, b.config().streams);
    }
    co_return json_reply(fmt::format(R"({{"sessionId":"{}"}})", to_string(id)), 201);
}

asio::awaitable<reply> forget_session(broker& b, route_request request)
{
    error_code ec;
    auto id = parse_session_id(request.parameter);
    if (!id) {
        auto [unknown, found] =
            co_await b.async_find(std::string{request.parameter}, asio::as_tuple(asio::use_awaitable));
        ec = unknown;
        id = parse_session_id(found.id);
    }
    if (!ec) {
        std::tie(ec) = co_await b.async_remove(id.value(), asio::as_tuple(asio::use_awaitable));
    }
    if (ec) {
        co_return problem_reply(to_problem(ec));
    }
    co_return reply{.status = 204, .content_type = {}, .body = {}};
}

} // namespace

void add_session_routes(router& to, broker& b)
{
    auto const never = [](route_request const&) -> std::optional<reply> { return std::nullopt; };
    to.add(access::control, "GET", "/sessions", never, [&b](route_request const& r) { return list(b, r); });
    to.add(access::control, "POST", "/sessions", never, [&b](route_request const& /*r*/) { return mint(b); });
    to.add(access::control, "GET", "/sessions/{}", never, [&b](route_request const& r) { return show(b, r); });
    to.add(access::control, "DELETE", "/sessions/{}", never,
           [&b](route_request const& r) { return forget_session(b, r); });
    to.refuse_query("POST", "/sessions");
    to.refuse_query("GET", "/sessions/{}");
    to.refuse_query("DELETE", "/sessions/{}");
}

} // namespace sluice::server
