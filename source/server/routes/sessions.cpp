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

/// As `sluice token make` takes matchers: names, and patterns and templates with their prefix; `*` for everything.
[[nodiscard]] std::vector<std::string> matchers_of(topic_selection const& allowed)
{
    if (allowed.is_everything()) {
        return {std::string{every_topic}};
    }
    auto all = allowed.topics();
    for (auto& text : shown_patterns(allowed.patterns())) {
        all.push_back(text.starts_with("template:") ? std::move(text) : "pattern:" + text);
    }
    return all;
}

[[nodiscard]] std::string grant_member(session_info const& s)
{
    auto const expires = s.grant_expires ? fmt::format(R"("{}")", format_time(*s.grant_expires)) : "null";
    return fmt::format(R"(,"grant":{{"topics":{},"expires":{}}})", json_array(matchers_of(s.private_topics)), expires);
}

[[nodiscard]] std::string to_json(session_info const& s, bool with_grant)
{
    return fmt::format(R"({{"id":"{}","handle":"{}","active":{},"created":"{}","lastSeen":"{}","reconnections":{},)"
                       R"("buffered":{},"lag":{},"address":{},"userAgent":{},"clientVersion":{},"subject":{},)"
                       R"("types":{},"topics":{},"topicPatterns":{}{}}})",
                       s.id, s.handle, s.active, format_time(s.created), format_time(s.last_seen), s.reconnections,
                       s.buffered, s.lag, json_string(s.address), json_string(s.user_agent),
                       json_string(s.client_version), json_string(s.subject), json_array(s.types), json_array(s.topics),
                       json_array(shown_patterns(s.topic_patterns)), with_grant ? grant_member(s) : "");
}

/// What is asked for.
struct list_query {
    session_query wanted;
    /// Whether the answer also tells what each session may have.
    bool with_grant = false;
};

[[nodiscard]] expected<void> read_flag(std::string_view name, std::string_view value, bool& flag)
{
    if (value != "true" && value != "false") {
        return bad_request(fmt::format("'{}' is neither true nor false", name));
    }
    flag = value == "true";
    return {};
}

/// Reads one parameter of the query.
[[nodiscard]] expected<void> take_parameter(list_query& query, std::string_view name, std::string&& value)
{
    auto& wanted = query.wanted;
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
        return read_flag(name, value, wanted.active.emplace());
    } else if (name == "grant") {
        return read_flag(name, value, query.with_grant);
    } else if (name == "topic") {
        wanted.topic = std::move(value);
    } else if (name != "access_token") {
        return unknown_field(name, "the query");
    }
    return {};
}

[[nodiscard]] expected<list_query> parse_query(std::string_view text)
{
    auto named = parse_form(text, "query");
    if (named.has_error()) {
        return named.error();
    }
    list_query query{.wanted = {.limit = default_page}};
    for (auto& [name, value] : *named) {
        if (auto const once = single_value(*named, name, "query"); once.has_error()) {
            return once.error();
        }
        if (auto const taken = take_parameter(query, name, std::string{value}); taken.has_error()) {
            return taken.error();
        }
    }
    return query;
}

asio::awaitable<reply> list(broker& b, route_request request)
{
    auto query = parse_query(request.input.query);
    if (query.has_error()) {
        co_return problem_reply(query.error());
    }
    // One more than requested, to learn whether there is a next page.
    auto const limit = query->wanted.limit++;
    auto const [found] = co_await b.async_list(std::move(query->wanted), asio::as_tuple(asio::use_awaitable));
    bool const more = found.size() > limit;
    std::string sessions;
    auto const shown = more ? limit : found.size();
    for (std::size_t i = 0; i != shown; ++i) {
        sessions += i == 0 ? "" : ",";
        sessions += to_json(found[i], query->with_grant);
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
    co_return ec ? problem_reply(to_problem(ec)) : json_reply(to_json(found, false));
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
