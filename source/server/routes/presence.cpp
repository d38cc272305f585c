#include "presence.hpp"

#include "page_limit.hpp"
#include <sluice/event/event.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/interest_parameters.hpp>
#include <sluice/http/request_fields.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

/// The member `next`, with what separates it from what is before; nothing on the last page.
[[nodiscard]] std::string next_member(std::string const& next)
{
    return next.empty() ? std::string{} : fmt::format(R"(,"next":{})", json_string(next));
}

[[nodiscard]] std::string to_json(topic_presence const& t)
{
    std::string subjects;
    for (auto const& s : t.subjects) {
        subjects += fmt::format(R"({}{{"subject":{},"payload":{},"streams":{}}})", subjects.empty() ? "" : ",",
                                json_string(s.subject), s.payload.empty() ? "null" : s.payload, s.streams);
    }
    return fmt::format(R"({{"topic":{},"streams":{},"subjects":[{}]{}}})", json_string(t.topic), t.streams, subjects,
                       next_member(t.next));
}

[[nodiscard]] std::string to_json(presence_page const& page)
{
    std::string topics;
    for (auto const& t : page.topics) {
        topics += topics.empty() ? "" : ",";
        topics += to_json(t);
    }
    return fmt::format(R"({{"topics":[{}]{}}})", topics, next_member(page.next));
}

[[nodiscard]] expected<void> take_parameter(presence_query& wanted, session_meta& asked, interest_parameters& interest,
                                            std::string_view name, std::string& value)
{
    if (name == "topic" || name == "topic_pattern") {
        return interest.take(name, value, asked);
    }
    if (name == "limit") {
        return read_page_limit(value, wanted.limit);
    }
    if (name == "after") {
        wanted.after = std::move(value);
    } else if (name != "access_token" && name != "authorization") {
        return unknown_field(name, "the query");
    }
    return {};
}

/// Who may publish everything may know everything.
[[nodiscard]] grant grant_of(route_request const& request)
{
    return !request.rights || request.rights(every_topic) ? grant::of_everything() : request.grant;
}

[[nodiscard]] expected<presence_query> parse_presence_query(route_request const& request,
                                                            topic_patterns const* patterns)
{
    auto named = parse_form(request.input.query, "query");
    if (named.has_error()) {
        return named.error();
    }
    presence_query wanted{.grant = grant_of(request), .limit = default_page};
    for (auto const* const name : {"after", "limit"}) {
        if (auto const once = single_value(*named, name, "query"); once.has_error()) {
            return once.error();
        }
    }
    session_meta asked;
    interest_parameters interest{patterns, "query"};
    for (auto& [name, value] : *named) {
        if (auto const taken = take_parameter(wanted, asked, interest, name, value); taken.has_error()) {
            return taken.error();
        }
    }
    if (asked.topics.size() + asked.topic_patterns.size() != 1) {
        return bad_request("the query names neither a 'topic' nor a 'topic_pattern', or several");
    }
    if (asked.topic_patterns.empty()) {
        wanted.topic = std::move(asked.topics.front());
    } else {
        wanted.topic_pattern = std::move(asked.topic_patterns.front());
    }
    if (wanted.topic == every_topic) {
        return bad_request("'*' in the query is no topic: 'topic_pattern=*' asks for every one");
    }
    return wanted;
}

[[nodiscard]] bool has_none(topic_selection const& s)
{
    return !s.is_everything() && s.topics().empty() && s.patterns().empty();
}

asio::awaitable<reply> tell_presence(broker& b, route_request request)
{
    auto wanted = parse_presence_query(request, b.config().patterns.get());
    if (wanted.has_error()) {
        co_return problem_reply(wanted.error());
    }
    auto const topic = wanted->topic;
    if (has_none(wanted->grant.private_topics)) {
        co_return problem_reply({.status = 403, .detail = "the token does not allow subscribing to any topic"});
    }
    auto const [ec, page] = co_await b.async_presence(std::move(*wanted), asio::as_tuple(asio::use_awaitable));
    if (ec) {
        co_return problem_reply(to_problem(ec));
    }
    if (topic.empty()) {
        co_return json_reply(to_json(page));
    }
    if (page.topics.empty()) {
        co_return problem_reply(
            {.status = 403, .detail = fmt::format("the token does not allow subscribing to '{}'", topic)});
    }
    co_return json_reply(to_json(page.topics.front()));
}

} // namespace

void add_presence_route(router& to, broker& b)
{
    auto const never = [](route_request const&) -> std::optional<reply> { return std::nullopt; };
    to.add(access::presence, "GET", "/presence", never, [&b](route_request const& r) { return tell_presence(b, r); });
}

} // namespace sluice::server
