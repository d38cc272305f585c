#include <sluice/http/subscribe.hpp>

#include <sluice/event/event.hpp>
#include <sluice/event/event_id.hpp>
#include <sluice/http/accept.hpp>
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>
#include <sluice/http/interest_parameters.hpp>
#include <sluice/http/last_event_id.hpp>
#include <sluice/http/request_cookie.hpp>
#include <sluice/session/session_id.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace sluice {
namespace {

namespace http = boost::beast::http;
using header = http::request_header<>;

constexpr std::array<std::string_view, 5> last_id_parameters{"lastEventID", "lastEventId", "last-event-id",
                                                             "last_event_id", "evs_last_event_id"};

[[nodiscard]] bool gives_last_id(std::string_view parameter)
{
    return std::ranges::find(last_id_parameters, parameter) != last_id_parameters.end();
}

/// The value of a field that may occur once; empty if it is absent.
[[nodiscard]] expected<std::string> single_field(header const& request, std::string_view name)
{
    auto const key = boost::beast::string_view{name.data(), name.size()};
    if (request.count(key) > 1) {
        return bad_request(fmt::format("the header {} is given twice", name));
    }
    auto const found = request.find(key);
    return found == request.end() ? std::string{} : std::string{view(found->value())};
}

struct session_claim {
    std::string id{};
    claim_kind kind = claim_kind::explicitly;
};

/// The first claim that is present. What is not a session's id counts as absent.
[[nodiscard]] expected<session_claim> find_claim(header const& request, form_fields const& parameters,
                                                 std::string_view place, std::string_view cookie_name)
{
    auto const in_query = single_value(parameters, "session", place);
    if (in_query.has_error()) {
        return in_query.error();
    }
    if (in_query->has_value() && parse_session_id(**in_query)) {
        return session_claim{.id = **in_query};
    }
    auto in_header = single_field(request, "X-SSE-Session-ID");
    if (in_header.has_error()) {
        return in_header.error();
    }
    if (parse_session_id(*in_header)) {
        return session_claim{.id = std::move(*in_header)};
    }
    auto in_cookie = cookie_name.empty() ? std::string{} : request_cookie(request, cookie_name);
    if (parse_session_id(in_cookie)) {
        return session_claim{.id = std::move(in_cookie), .kind = claim_kind::ambient};
    }
    return session_claim{};
}

/// A query without its last ids, and the first of those that is not empty.
struct split_query {
    std::string rest{};
    std::string last_id{};
};

/// A browser or polyfill sends a last id by itself, and an answer that refuses it would end that client for good. So a
/// last id with a broken percent-encoding is taken literally.
[[nodiscard]] split_query take_last_id(std::string_view query, std::string_view place)
{
    split_query split;
    while (!query.empty()) {
        auto const pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        auto const equals = std::min(pair.size(), pair.find('='));
        auto const name = parse_form(pair.substr(0, equals), place);
        if (name.has_error() || name->empty() || !gives_last_id(name->front().first)) {
            split.rest.append(split.rest.empty() ? "" : "&").append(pair);
        } else if (split.last_id.empty()) {
            auto value = parse_form(pair, place);
            split.last_id = value.has_value() ? std::move(value->front().second)
                                              : std::string{pair.substr(std::min(pair.size(), equals + 1))};
        }
    }
    return split;
}

/// What the query and the form in the body say between them.
struct parameters {
    form_fields all{};
    std::string last_id{};
    /// Where they stand, for what is wrong with them together.
    std::string_view place = "query";
};

[[nodiscard]] expected<parameters> read_texts(std::string_view query, std::string_view form)
{
    parameters p;
    for (auto const& [text, place] : {std::pair{query, "query"}, std::pair{form, "body"}}) {
        auto split = take_last_id(text, place);
        auto some = parse_form(split.rest, place);
        if (some.has_error()) {
            return some.error();
        }
        std::ranges::move(*some, std::back_inserter(p.all));
        p.last_id = p.last_id.empty() ? std::move(split.last_id) : p.last_id;
    }
    p.place = form.empty() ? "query" : "request";
    return p;
}

[[nodiscard]] expected<void> read_parameters(session_meta& meta, form_fields parameters, std::string_view place,
                                             topic_patterns const* patterns)
{
    auto const version = single_value(parameters, "client_version", place);
    if (version.has_error()) {
        return version.error();
    }
    meta.client_version = version->value_or("");
    interest_parameters interest{patterns, place};
    for (auto& [name, value] : parameters) {
        // Tokens are not kept.
        bool const is_ours = name == "session" || name == "client_version" || name == "since" ||
                             name == "access_token" || name == "authorization";
        if (interest_parameters::has(name)) {
            if (auto const taken = interest.take(name, value, meta); taken.has_error()) {
                return taken.error();
            }
        } else if (!is_ours) {
            meta.query_parameters.emplace_back(std::move(name), std::move(value));
        }
    }
    return {};
}

struct starting_point {
    std::string last_id{};
    std::string since{};
};

/// A last id is newer than the `since` that a page once wrote into its stream's address.
[[nodiscard]] expected<starting_point> find_start(header const& request, parameters& given)
{
    auto since = single_value(given.all, "since", given.place);
    if (since.has_error()) {
        return since.error();
    }
    starting_point start{.last_id = last_id_in_header(request)};
    if (start.last_id.empty()) {
        start.last_id = std::move(given.last_id);
    }
    if (start.last_id == earliest_event_id) {
        start.since = std::exchange(start.last_id, {});
    } else if (start.last_id.empty()) {
        start.since = std::move(*since).value_or("");
    }
    return start;
}

[[nodiscard]] session_meta read_meta(header const& request, subscribe_context const& context)
{
    session_meta meta;
    meta.user_agent = view(request[http::field::user_agent]);
    meta.remote_address = context.remote_address;
    meta.grant = context.grant;
    for (auto const& name : context.kept_headers) {
        if (auto const found = request.find(name); found != request.end()) {
            meta.headers.emplace_back(name, view(found->value()));
        }
    }
    return meta;
}

} // namespace

expected<subscribe_request> parse_subscribe(header const& request, subscribe_context const& context)
{
    auto const accept = joined(request, http::field::accept);
    if (!accepts_event_stream(accept)) {
        return problem{.status = 406, .detail = "the stream is text/event-stream, which Accept excludes"};
    }
    auto const parts = parse_target(view(request.target()));
    if (parts.has_error()) {
        return parts.error();
    }
    auto given = read_texts(parts->query, context.form);
    if (given.has_error()) {
        return given.error();
    }
    auto claim = find_claim(request, given->all, given->place, context.cookie_name);
    if (claim.has_error()) {
        return claim.error();
    }
    auto start = find_start(request, *given);
    if (start.has_error()) {
        return start.error();
    }
    auto meta = read_meta(request, context);
    if (auto const read = read_parameters(meta, std::move(given->all), given->place, context.patterns);
        read.has_error()) {
        return read.error();
    }
    return subscribe_request{.connect = {.claim = std::move(claim->id),
                                         .kind = claim->kind,
                                         .last_event_id = std::move(start->last_id),
                                         .since = std::move(start->since),
                                         .meta = std::move(meta)},
                             .http_1_1 = request.version() >= 11,
                             .names_event_stream = names_event_stream(accept),
                             .secure = boost::algorithm::iequals(view(request["X-Forwarded-Proto"]), "https")};
}

bool names_event_stream(header const& request) { return names_event_stream(joined(request, http::field::accept)); }

} // namespace sluice
