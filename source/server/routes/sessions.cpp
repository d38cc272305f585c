#include "sessions.hpp"

#include <sluice/frame.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/retry_after.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

constexpr std::size_t default_page = 100;
constexpr std::size_t largest_page = 1000;

[[nodiscard]] std::string to_json(session_info const& s)
{
    std::string types;
    for (auto const& type : s.types) {
        types += (types.empty() ? "" : ",") + json_string(type);
    }
    return fmt::format(R"({{"id":"{}","active":{},"created":"{}","lastSeen":"{}","reconnections":{},"buffered":{},)"
                       R"("lag":{},"address":{},"userAgent":{},"types":[{}]}})",
                       s.id, s.active, format_time(s.created), format_time(s.last_seen), s.reconnections, s.buffered,
                       s.lag, json_string(s.address), json_string(s.user_agent), types);
}

struct page {
    std::size_t limit = default_page;
    std::optional<session_id> after;
};

[[nodiscard]] expected<page> parse_page(std::string_view query)
{
    auto const named = parse_form(query, "query");
    if (named.has_error()) {
        return named.error();
    }
    for (auto const& [name, value] : *named) {
        if (name != "limit" && name != "after" && name != "access_token") {
            return bad_request(fmt::format("the query has an unknown field '{}'", name));
        }
    }
    page wanted;
    auto const limit = single_value(*named, "limit", "query");
    auto const after = single_value(*named, "after", "query");
    if (limit.has_error() || after.has_error()) {
        return limit.has_error() ? limit.error() : after.error();
    }
    if (*limit) {
        auto const& text = **limit;
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), wanted.limit);
        if (ec != std::errc{} || end != text.data() + text.size() || wanted.limit == 0 || wanted.limit > largest_page) {
            return bad_request(fmt::format("'limit' is not a number from 1 to {}", largest_page));
        }
    }
    if (*after) {
        wanted.after = parse_session_id(**after);
        if (!wanted.after) {
            return bad_request("'after' is not the id of a session");
        }
    }
    return wanted;
}

asio::awaitable<reply> list(broker& b, route_request request)
{
    auto const wanted = parse_page(request.input.query);
    if (wanted.has_error()) {
        co_return problem_reply(wanted.error());
    }
    // One more than is asked for tells whether there is a next page.
    auto const [found] = co_await b.async_list(wanted->after, wanted->limit + 1, asio::as_tuple(asio::use_awaitable));
    bool const more = found.size() > wanted->limit;
    std::string sessions;
    auto const shown = more ? wanted->limit : found.size();
    for (std::size_t i = 0; i != shown; ++i) {
        sessions += (i == 0 ? "" : ",") + to_json(found[i]);
    }
    co_return json_reply(
        fmt::format(R"({{"sessions":[{}],"next":{}}})", sessions, more ? json_string(found[shown - 1].id) : "null"));
}

asio::awaitable<reply> mint(broker& b, route_request request)
{
    auto const no_fields = parse_form(request.input.query, "query");
    if (no_fields.has_error()) {
        co_return problem_reply(no_fields.error());
    }
    auto const [ec, id] = co_await b.async_mint(asio::as_tuple(asio::use_awaitable));
    if (ec) {
        co_return with_retry_after(problem_reply(to_problem(ec)), b.config().streams);
    }
    co_return json_reply(fmt::format(R"({{"sessionId":"{}"}})", to_string(id)), 201);
}

asio::awaitable<reply> forget(broker& b, route_request request)
{
    auto const id = parse_session_id(request.parameter);
    error_code ec = errc::unknown_session;
    if (id) {
        std::tie(ec) = co_await b.async_remove(*id, asio::as_tuple(asio::use_awaitable));
    }
    if (ec) {
        co_return problem_reply(to_problem(ec));
    }
    co_return reply{.status = 204, .content_type = {}, .body = {}, .extra_fields = {}};
}

} // namespace

void add_session_routes(router& to, broker& b)
{
    auto const never = [](route_request const&) -> std::optional<reply> { return std::nullopt; };
    to.add(access::publish, "GET", "/sessions", never, [&b](route_request const& r) { return list(b, r); });
    to.add(access::publish, "POST", "/sessions", never, [&b](route_request const& r) { return mint(b, r); });
    to.add(access::publish, "DELETE", "/sessions/{}", never, [&b](route_request const& r) { return forget(b, r); });
}

} // namespace sluice::server
