#include <sluice/http/publish_request.hpp>

#include <sluice/http/form.hpp>
#include <sluice/http/json_members.hpp>

#include <boost/algorithm/string/predicate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice {
namespace {

using boost::algorithm::iequals;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::string_view batch_type = "application/x-ndjson";

/// However small an event is, it costs memory of its own.
constexpr std::size_t most_events = 100'000;

[[nodiscard]] std::string_view media_type(std::string_view content_type)
{
    auto const type = content_type.substr(0, content_type.find(';'));
    return type.substr(0, type.find_last_not_of(" \t") + 1);
}

/// Which fields a request may have.
struct allowed_fields {
    bool event = true;
    bool session = false;
};

/// The fields of one request, gathered from its places.
class gathered {
public:
    explicit gathered(allowed_fields allowed) : allowed_{allowed} {}

    /// Adds the fields of a form or a query. Stops at the first that is wrong, so that the rest of a long form costs
    /// nothing.
    [[nodiscard]] expected<void> add_form(std::string_view text, std::string_view place)
    {
        auto const where = fmt::format("the {}", place);
        form_reader reader{text, place};
        for (;;) {
            auto field = reader.next();
            if (field.has_error()) {
                return field.error();
            }
            if (!*field) {
                end_of_place();
                return {};
            }
            auto& [name, value] = **field;
            if (auto const added = add(name, std::move(value), where); added.has_error()) {
                return added.error();
            }
        }
    }

    [[nodiscard]] expected<void> add_json(std::string_view text, std::string_view where)
    {
        auto const members = parse_members(text, where);
        if (members.has_error()) {
            return members.error();
        }
        for (auto const& [name, value] : *members) {
            if (auto const added = add_member(name, value, where); added.has_error()) {
                return added.error();
            }
        }
        end_of_place();
        return {};
    }

    [[nodiscard]] message take()
    {
        return {.event = {.id = id_.value_or(""),
                          .type = type_.value_or(""),
                          .data = std::move(data_).value_or(""),
                          .timestamp = {},
                          .replayed = false},
                .targets = std::move(sessions_)};
    }

private:
    [[nodiscard]] std::optional<std::string>* event_field(std::string_view name)
    {
        if (!allowed_.event) {
            return nullptr;
        }
        return name == "type" ? &type_ : name == "data" ? &data_ : name == "id" ? &id_ : nullptr;
    }

    [[nodiscard]] static problem unknown(std::string_view name, std::string_view where)
    {
        return bad_request(fmt::format("{} has an unknown field '{}'", where, name));
    }

    [[nodiscard]] expected<void> set(std::optional<std::string>& field, std::string_view name, std::string value,
                                     std::string_view where)
    {
        if (field) {
            return bad_request(fmt::format("{} gives '{}', which is given already", where, name));
        }
        field = std::move(value);
        return {};
    }

    /// Several sessions may be named, but all in the query or all in the body.
    [[nodiscard]] expected<void> add_session(std::string value, std::string_view where)
    {
        if (sessions_elsewhere_) {
            return bad_request(fmt::format("{} gives 'session', which is given already", where));
        }
        sessions_.push_back(std::move(value));
        return {};
    }

    void end_of_place() { sessions_elsewhere_ = !sessions_.empty(); }

    [[nodiscard]] expected<void> add(std::string const& name, std::string value, std::string_view where)
    {
        // The token was checked before; here it only must not count as an unknown field.
        if (name == "access_token") {
            return {};
        }
        if (auto* const field = event_field(name)) {
            return set(*field, name, std::move(value), where);
        }
        if (allowed_.session && name == "session") {
            return add_session(std::move(value), where);
        }
        return unknown(name, where);
    }

    [[nodiscard]] expected<void> add_member(std::string const& name, std::string_view value, std::string_view where)
    {
        if (allowed_.session && name == "sessions") {
            return add_session_array(value, where);
        }
        if (is_json_string(value)) {
            if (name == "session" && !sessions_.empty()) {
                return bad_request(fmt::format("{} gives 'session', which is given already", where));
            }
            return add(name, unescape(value), where);
        }
        if (allowed_.event && name == "data") {
            return set(data_, name, compact(value), where);
        }
        bool const known = event_field(name) != nullptr || (allowed_.session && name == "session");
        return known ? bad_request(fmt::format("'{}' in {} is not a string", name, where)) : unknown(name, where);
    }

    [[nodiscard]] expected<void> add_session_array(std::string_view value, std::string_view where)
    {
        auto ids = parse_strings(value, "sessions");
        if (ids.has_error()) {
            return ids.error();
        }
        if (!sessions_.empty() || std::exchange(has_array_, true)) {
            return bad_request(fmt::format("{} gives 'sessions', which are given already", where));
        }
        sessions_ = std::move(*ids);
        return {};
    }

    allowed_fields allowed_;
    std::optional<std::string> type_;
    std::optional<std::string> data_;
    std::optional<std::string> id_;
    std::vector<std::string> sessions_;
    bool sessions_elsewhere_ = false;
    bool has_array_ = false;
};

[[nodiscard]] expected<void> add_body(gathered& to, publish_input const& in)
{
    auto const type = media_type(in.content_type);
    if (iequals(type, json_type)) {
        return to.add_json(in.body, "the body");
    }
    if (iequals(type, form_type)) {
        return to.add_form(in.body, "body");
    }
    if (type.empty() && in.body.empty()) {
        return {};
    }
    return problem{.status = 415,
                   .detail = type.empty() ? "the body has no Content-Type"
                                          : fmt::format("the media type '{}' is not supported here", type)};
}

[[nodiscard]] expected<message> gather(publish_input const& in, allowed_fields allowed)
{
    gathered found{allowed};
    if (auto const added = found.add_form(in.query, "query"); added.has_error()) {
        return added.error();
    }
    if (auto const added = add_body(found, in); added.has_error()) {
        return added.error();
    }
    return found.take();
}

} // namespace

expected<message> parse_message(publish_input const& in, addressing who, std::size_t max_event_bytes)
{
    auto found = gather(in, {.event = true, .session = who == addressing::sessions});
    if (found.has_value()) {
        if (auto const ec = validate(found->event, max_event_bytes)) {
            return to_problem(ec);
        }
        if (who == addressing::sessions && found->targets.empty()) {
            return bad_request("no session is named");
        }
    }
    return found;
}

bool is_batch(std::string_view content_type) { return iequals(media_type(content_type), batch_type); }

expected<std::vector<event>> parse_batch(publish_input const& in, std::size_t max_event_bytes)
{
    auto const beside = gather({.query = in.query, .content_type = {}, .body = {}}, {.event = false});
    if (beside.has_error()) {
        return beside.error();
    }
    std::vector<event> events;
    std::size_t number = 0;
    for (auto rest = in.body; !rest.empty();) {
        auto const line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        if (events.size() == most_events) {
            return problem{.status = 413, .detail = fmt::format("the batch has more than {} events", most_events)};
        }
        gathered found{{}};
        if (auto const added = found.add_json(line, "line " + std::to_string(number)); added.has_error()) {
            return added.error();
        }
        events.push_back(found.take().event);
        if (auto const ec = validate(events.back(), max_event_bytes)) {
            auto wrong = to_problem(ec);
            wrong.detail = fmt::format("line {}: {}", number, wrong.detail);
            return wrong;
        }
    }
    if (events.empty()) {
        return bad_request("the batch has no event");
    }
    return events;
}

expected<std::string> parse_session(publish_input const& in)
{
    auto found = gather(in, {.event = false, .session = true});
    if (found.has_error()) {
        return found.error();
    }
    if (found->targets.size() != 1) {
        return bad_request(found->targets.empty() ? "no session is named" : "'session' is given twice");
    }
    return std::move(found->targets.front());
}

} // namespace sluice
