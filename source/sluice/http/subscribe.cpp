#include <sluice/http/subscribe.hpp>

#include <sluice/event/event.hpp>
#include <sluice/http/accept.hpp>
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>
#include <sluice/session/session_id.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice {
namespace {

namespace http = boost::beast::http;
using header = http::request_header<>;

constexpr std::array<std::string_view, 5> last_id_parameters{"lastEventID", "lastEventId", "last-event-id",
                                                             "last_event_id", "evs_last_event_id"};

/// A session's types are limited in number, and each in length.
constexpr std::size_t most_types = 1000;

[[nodiscard]] bool gives_last_id(std::string_view parameter)
{
    return std::ranges::find(last_id_parameters, parameter) != last_id_parameters.end();
}

/// Every line of the field, joined as one list (RFC 9110, section 5.3).
[[nodiscard]] std::string joined(header const& request, http::field name)
{
    std::string all;
    auto const [begin, end] = request.equal_range(name);
    for (auto it = begin; it != end; ++it) {
        all.append(all.empty() ? "" : ",").append(view(it->value()));
    }
    return all;
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

/// The first cookie with the name (RFC 6265, section 4.2.1).
[[nodiscard]] std::string cookie(header const& request, std::string_view name)
{
    auto const [begin, end] = request.equal_range(http::field::cookie);
    for (auto it = begin; it != end; ++it) {
        for (auto rest = view(it->value()); !rest.empty();) {
            auto pair = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
            pair.remove_prefix(std::min(pair.size(), pair.find_first_not_of(' ')));
            if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
                return std::string{pair.substr(name.size() + 1)};
            }
        }
    }
    return {};
}

struct session_claim {
    std::string id{};
    claim_kind kind = claim_kind::explicitly;
};

/// The first claim that is present. What is not a session's id counts as absent.
[[nodiscard]] expected<session_claim> find_claim(header const& request, fields const& query,
                                                 std::string_view cookie_name)
{
    auto const in_query = single_value(query, "session", "query");
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
    auto in_cookie = cookie_name.empty() ? std::string{} : cookie(request, cookie_name);
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
[[nodiscard]] split_query take_last_id(std::string_view query)
{
    split_query split;
    while (!query.empty()) {
        auto const pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        auto const equals = std::min(pair.size(), pair.find('='));
        auto const name = parse_form(pair.substr(0, equals), "query");
        if (name.has_error() || name->empty() || !gives_last_id(name->front().first)) {
            split.rest.append(split.rest.empty() ? "" : "&").append(pair);
        } else if (split.last_id.empty()) {
            auto value = parse_form(pair, "query");
            split.last_id = value.has_value() ? std::move(value->front().second)
                                              : std::string{pair.substr(std::min(pair.size(), equals + 1))};
        }
    }
    return split;
}

/// The first that is not empty. (A proxy may have added another one.)
[[nodiscard]] std::string last_id_in_header(header const& request)
{
    auto const [begin, end] = request.equal_range("Last-Event-ID");
    auto const found = std::find_if(begin, end, [](auto const& field) { return !field.value().empty(); });
    return found == end ? std::string{} : std::string{view(found->value())};
}

/// Adds the types in a list. It may name stream-control events, which are always sent.
[[nodiscard]] expected<void> add_types(std::vector<std::string>& types, std::string_view list)
{
    while (!list.empty()) {
        auto const type = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), type.size() + 1));
        if (type.empty()) {
            continue;
        }
        if (auto const ec = validate_type(type); ec && ec != errc::reserved_type) {
            return bad_request(fmt::format("'types' in the query: {}", ec.message()));
        }
        if (types.size() == most_types) {
            return bad_request(fmt::format("'types' in the query names more than {} types", most_types));
        }
        types.emplace_back(type);
    }
    return {};
}

[[nodiscard]] expected<void> read_query(session_meta& meta, fields query)
{
    auto const version = single_value(query, "client_version", "query");
    if (version.has_error()) {
        return version.error();
    }
    meta.client_version = version->value_or("");
    for (auto& [name, value] : query) {
        bool const is_ours = name == "session" || name == "client_version" || name == "access_token";
        if (name == "types") {
            if (auto const added = add_types(meta.subscriptions, value); added.has_error()) {
                return added.error();
            }
        } else if (!is_ours) {
            meta.query_parameters.emplace_back(std::move(name), std::move(value));
        }
    }
    return {};
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
    auto split = take_last_id(parts->query);
    auto query = parse_form(split.rest, "query");
    if (query.has_error()) {
        return query.error();
    }
    auto claim = find_claim(request, *query, context.cookie_name);
    if (claim.has_error()) {
        return claim.error();
    }
    auto last_id = last_id_in_header(request);
    if (last_id.empty()) {
        last_id = std::move(split.last_id);
    }
    auto meta = read_meta(request, context);
    if (auto const read = read_query(meta, std::move(*query)); read.has_error()) {
        return read.error();
    }
    return subscribe_request{.connect = {.claim = std::move(claim->id),
                                         .kind = claim->kind,
                                         .last_event_id = std::move(last_id),
                                         .meta = std::move(meta)},
                             .http_1_1 = request.version() >= 11,
                             .names_event_stream = names_event_stream(accept),
                             .secure = boost::algorithm::iequals(view(request["X-Forwarded-Proto"]), "https")};
}

bool names_event_stream(header const& request) { return names_event_stream(joined(request, http::field::accept)); }

} // namespace sluice
