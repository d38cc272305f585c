#include <sluice/connection/subscribe.hpp>

#include <sluice/connection/stream_head.hpp>
#include <sluice/event.hpp>
#include <sluice/http/accept.hpp>
#include <sluice/http/form.hpp>

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

constexpr std::array<std::string_view, 3> last_id_parameters{"lastEventID", "lastEventId", "last-event-id"};

[[nodiscard]] std::string_view view(boost::beast::string_view text) noexcept { return {text.data(), text.size()}; }

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

/// The value of a field that may be there once; empty: it is not there.
[[nodiscard]] expected<std::string> single_field(header const& request, std::string_view name)
{
    auto const key = boost::beast::string_view{name.data(), name.size()};
    if (request.count(key) > 1) {
        return bad_request(fmt::format("the header {} is given twice", name));
    }
    auto const found = request.find(key);
    return found == request.end() ? std::string{} : std::string{view(found->value())};
}

/// The first cookie of the name (RFC 6265, section 4.2.1).
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

[[nodiscard]] expected<std::string> session_claim(header const& request, fields const& query)
{
    auto const named = single_value(query, "session", "query");
    if (named.has_error()) {
        return named.error();
    }
    if (named->has_value() && !(*named)->empty()) {
        return **named;
    }
    auto in_header = single_field(request, "X-SSE-Session-ID");
    if (in_header.has_error() || !in_header->empty()) {
        return in_header;
    }
    return cookie(request, session_cookie);
}

[[nodiscard]] expected<std::string> last_event_id(header const& request, fields const& query)
{
    auto in_header = single_field(request, "Last-Event-ID");
    if (in_header.has_error() || !in_header->empty()) {
        return in_header;
    }
    for (auto const name : last_id_parameters) {
        auto const named = single_value(query, name, "query");
        if (named.has_error()) {
            return named.error();
        }
        if (named->has_value() && !(*named)->empty()) {
            return **named;
        }
    }
    return std::string{};
}

/// Adds the types that a list names. Names of stream-control events may be there: those come anyway.
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
        bool const is_ours = name == "session" || name == "client_version" || name == "access_token" ||
                             std::ranges::find(last_id_parameters, name) != last_id_parameters.end();
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
    meta.subject = context.subject;
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
    if (!accepts_event_stream(joined(request, http::field::accept))) {
        return problem{.status = 406, .detail = "the stream is text/event-stream, which Accept excludes"};
    }
    auto const parts = parse_target(view(request.target()));
    if (parts.has_error()) {
        return parts.error();
    }
    auto query = parse_form(parts->query, "query");
    if (query.has_error()) {
        return query.error();
    }
    auto claim = session_claim(request, *query);
    if (claim.has_error()) {
        return claim.error();
    }
    auto last_id = last_event_id(request, *query);
    if (last_id.has_error()) {
        return last_id.error();
    }
    auto meta = read_meta(request, context);
    if (auto const read = read_query(meta, std::move(*query)); read.has_error()) {
        return read.error();
    }
    return subscribe_request{
        .connect = {.claim = std::move(*claim), .last_event_id = std::move(*last_id), .meta = std::move(meta)},
        .http_1_1 = request.version() >= 11,
        .secure = boost::algorithm::iequals(view(request["X-Forwarded-Proto"]), "https"),
        .extra_fields = {}};
}

} // namespace sluice
