#include "subscription.hpp"

#include "characters.hpp"
#include "selectors.hpp"
#include <sluice/event/event.hpp>
#include <sluice/event/event_id.hpp>
#include <sluice/http/accept.hpp>
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/interest_parameters.hpp>
#include <sluice/http/last_event_id.hpp>
#include <url_pattern/topic_patterns.hpp>

#include <boost/beast/http/field.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::server::mercure {
namespace {

namespace http = boost::beast::http;
using header = http::request_header<>;

/// A topic, which may be a URI template, too. A text that only looks like one is a topic.
[[nodiscard]] expected<void> add_topic(std::string const& text, interest_parameters& interest, session_meta& to)
{
    auto added = interest.add_topic("topic", text, to);
    if (added.has_error() || text.find('{') == std::string::npos) {
        return added;
    }
    auto const judged = url_pattern::judge_template(text);
    if (!judged.refusal.empty()) {
        return {};
    }
    auto counted = interest.count_steps("topic", judged.steps);
    if (counted.has_value()) {
        to.topic_patterns.push_back(url_pattern::make_template_text(text));
    }
    return counted;
}

[[nodiscard]] expected<void> add_matcher(std::string_view name, std::string& text, interest_parameters& interest,
                                         session_meta& to)
{
    bool const is_pattern = name == urlpattern_parameter;
    if (!is_pattern && name != "match" && name != "match_exact") {
        return bad_request(fmt::format("'{}' is no matcher: there are match, match_exact and match_urlpattern", name));
    }
    if (has_forbidden_characters(text)) {
        return bad_request(fmt::format("'{}' has a control or format character", name));
    }
    return is_pattern && text != every_topic ? interest.add_pattern(name, std::move(text), to)
                                             : interest.add_topic(name, std::move(text), to);
}

[[nodiscard]] expected<void> add_selectors(selectors& given, interest_parameters interest, session_meta& to)
{
    for (auto const& [unused, text] : given.topics) {
        if (auto const added = add_topic(text, interest, to); added.has_error()) {
            return added;
        }
    }
    for (auto& [name, text] : given.matchers) {
        if (auto const added = add_matcher(name, text, interest, to); added.has_error()) {
            return added;
        }
    }
    return {};
}

/// That in the header, else that of the parameters.
[[nodiscard]] std::string find_last_id(header const& request, selectors& given)
{
    if (auto in_header = last_id_in_header(request); !in_header.empty()) {
        return in_header;
    }
    return !given.last_id.empty() || !given.is_v1() ? std::move(given.last_id) : std::move(given.last_id_v1);
}

} // namespace

expected<subscribe_request> parse_subscription(header const& request, subscribe_context const& context)
{
    auto const accept = joined(request, http::field::accept);
    if (!accepts_event_stream(accept)) {
        return problem{.status = 406, .detail = "the stream is text/event-stream, which Accept excludes"};
    }
    auto given = read_selectors(query_of(view(request.target())), context.form);
    if (given.has_error()) {
        return given.error();
    }
    subscribe_request wanted{.connect = {.manners = stream_manners::events_alone},
                             .http_1_1 = request.version() >= 11,
                             .names_event_stream = names_event_stream(accept)};
    auto& meta = wanted.connect.meta;
    meta.user_agent = view(request[http::field::user_agent]);
    meta.remote_address = context.remote_address;
    meta.grant = context.grant;
    auto const* const place = context.form.empty() ? "query" : "request";
    if (auto const added = add_selectors(*given, {context.patterns, place}, meta); added.has_error()) {
        return added.error();
    }
    std::string_view const cursor_field = given->is_v1() ? "Mercure-Last-Event-ID" : "Last-Event-ID";
    auto last_id = find_last_id(request, *given);
    wanted.cursor_field = last_id.empty() ? "" : cursor_field;
    (last_id == earliest_event_id ? wanted.connect.since : wanted.connect.last_event_id) = std::move(last_id);
    return wanted;
}

} // namespace sluice::server::mercure
