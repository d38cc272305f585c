#include <sluice/http/publish_request.hpp>

#include <sluice/http/form.hpp>
#include <sluice/http/json_members.hpp>
#include <sluice/http/quantity.hpp>
#include <sluice/http/request_fields.hpp>

#include <boost/algorithm/string/predicate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

namespace sluice {
namespace {

using boost::algorithm::iequals;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::string_view batch_type = "application/x-ndjson";
constexpr std::string_view lines_type = "text/plain";
constexpr std::string_view event_stream_type = "text/event-stream";

/// However small an event is, it costs memory of its own.
constexpr std::size_t most_batch_events = 100'000;

[[nodiscard]] std::string_view media_type(std::string_view content_type)
{
    auto const type = content_type.substr(0, content_type.find(';'));
    return type.substr(0, type.find_last_not_of(" \t") + 1);
}

/// Which fields a request may have.
struct allowed_fields {
    bool event = true;
    /// Whether the event may have topics and be private.
    bool topics = true;
    bool session = false;
    /// Whether it may be for the sessions of subjects.
    bool subject = false;
    /// Whether the request may say how its items are published.
    bool items = false;
};

/// A field that may be given several times, but all in the query or all in the body.
struct repeated_field {
    std::vector<std::string> values{};
    bool is_elsewhere = false;
    bool is_array = false;
};

/// What a switch in a form means; nothing if it is neither.
[[nodiscard]] std::optional<bool> parse_switch(std::string_view value)
{
    if (value.empty() || value == "1" || value == "true" || value == "on") {
        return true;
    }
    return value == "0" || value == "false" ? std::optional{false} : std::nullopt;
}

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
        return {
            .event = take_item({}), .targets = std::move(sessions_.values), .subjects = std::move(subjects_.values)};
    }

    /// The event, which is like `defaults` in what was not given.
    [[nodiscard]] event take_item(event const& defaults)
    {
        auto e = defaults;
        e.id = std::move(id_).value_or("");
        if (type_) {
            e.type = std::move(*type_);
        }
        if (data_) {
            e.data = std::move(*data_);
        }
        if (!topics_.values.empty()) {
            e.topics = std::move(topics_.values);
        }
        e.is_private = private_.value_or(defaults.is_private);
        e.last = is_last_.value_or(defaults.last);
        e.ttl = ttl_ ? ttl_ : defaults.ttl;
        e.keep = keep_.value_or(defaults.keep);
        return e;
    }

    /// Whether the switch was given, and is on.
    [[nodiscard]] bool is_on(std::string_view name) { return switch_field(name)->value_or(false); }
    [[nodiscard]] bool has_id() const noexcept { return id_.has_value(); }

private:
    [[nodiscard]] std::optional<std::string>* event_field(std::string_view name)
    {
        if (!allowed_.event) {
            return nullptr;
        }
        return name == "type" ? &type_ : name == "data" ? &data_ : name == "id" ? &id_ : nullptr;
    }

    /// The field that may be given several times; null if it may be given once, or not at all.
    [[nodiscard]] repeated_field* repeated(std::string_view name)
    {
        if (allowed_.session && name == "session") {
            return &sessions_;
        }
        if (allowed_.subject && name == "subject") {
            return &subjects_;
        }
        return allowed_.event && allowed_.topics && name == "topic" ? &topics_ : nullptr;
    }

    [[nodiscard]] static expected<void> add_to(repeated_field& field, std::string_view name, std::string value,
                                               std::string_view where)
    {
        if (field.is_elsewhere) {
            return given_already(name, where);
        }
        field.values.push_back(std::move(value));
        return {};
    }

    [[nodiscard]] static expected<void> add_switch(std::optional<bool>& field, std::optional<bool> value,
                                                   std::string_view name, std::string_view where,
                                                   std::string_view wanted)
    {
        if (!value) {
            return bad_request(fmt::format("'{}' in {} is not {}", name, where, wanted));
        }
        if (field) {
            return given_already(name, where);
        }
        field = value;
        return {};
    }

    /// The field that is a switch; null if it is not, or not allowed.
    [[nodiscard]] std::optional<bool>* switch_field(std::string_view name)
    {
        if (allowed_.event && allowed_.topics && (name == "private" || name == "last")) {
            return name == "private" ? &private_ : &is_last_;
        }
        if (!allowed_.items) {
            return nullptr;
        }
        return name == "stream" ? &stream_ : name == "keep_ids" ? &keep_ids_ : name == "end" ? &end_ : nullptr;
    }

    /// Whether the field says how long the event is replayed.
    [[nodiscard]] bool is_retention(std::string_view name) const
    {
        return allowed_.event && allowed_.topics && (name == "ttl" || name == "keep");
    }

    [[nodiscard]] expected<void> add_retention(std::string_view name, std::string_view value, std::string_view where)
    {
        if (name == "ttl" ? ttl_.has_value() : keep_.has_value()) {
            return given_already(name, where);
        }
        if (name == "ttl") {
            ttl_ = parse_duration(value);
            return ttl_ ? expected<void>{}
                        : bad_request(fmt::format("'ttl' in {} is not a duration such as 30s or 5m", where));
        }
        std::uint32_t number = 0;
        auto const [end, ec] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (ec != std::errc{} || end != value.data() + value.size() || number == 0 || number > max_keep) {
            return bad_request(fmt::format("'keep' in {} is not a number from 1 to {}", where, max_keep));
        }
        keep_ = number;
        return {};
    }

    void end_of_place()
    {
        sessions_.is_elsewhere = !sessions_.values.empty();
        subjects_.is_elsewhere = !subjects_.values.empty();
        topics_.is_elsewhere = !topics_.values.empty();
    }

    [[nodiscard]] expected<void> add(std::string const& name, std::string value, std::string_view where)
    {
        // The token was checked before; here it only must not count as an unknown field.
        if (name == "access_token") {
            return {};
        }
        if (auto* const field = event_field(name)) {
            return take_single(*field, name, std::move(value), where);
        }
        if (auto* const field = repeated(name)) {
            return add_to(*field, name, std::move(value), where);
        }
        if (auto* const field = switch_field(name)) {
            return add_switch(*field, parse_switch(value), name, where, "1, true, on, 0 or false");
        }
        if (is_retention(name)) {
            return add_retention(name, value, where);
        }
        return unknown_field(name, where);
    }

    [[nodiscard]] expected<void> add_member(std::string const& name, std::string_view value, std::string_view where)
    {
        if (allowed_.session && name == "sessions") {
            return add_array(sessions_, name, value, where);
        }
        if (allowed_.subject && name == "subjects") {
            return add_array(subjects_, name, value, where);
        }
        if (auto* const field = switch_field(name)) {
            auto const is = value == "true"    ? std::optional{true}
                            : value == "false" ? std::optional{false}
                                               : std::nullopt;
            return add_switch(*field, is, name, where, "true or false");
        }
        if (is_retention(name)) {
            // A text for a duration, a number for a count.
            bool const is_text = is_json_string(value);
            return add_retention(name,
                                 is_text != (name == "ttl") ? ""
                                 : is_text                  ? unescape(value)
                                                            : std::string{value},
                                 where);
        }
        auto* const field = repeated(name);
        if (is_json_string(value)) {
            if (field != nullptr && !field->values.empty()) {
                return given_already(name, where);
            }
            return add(name, unescape(value), where);
        }
        if (allowed_.event && name == "data") {
            return take_single(data_, name, compact(value), where);
        }
        if (field == &topics_) {
            return add_topic_array(name, value, where);
        }
        bool const known = event_field(name) != nullptr || field != nullptr;
        return known ? bad_request(fmt::format("'{}' in {} is not a string", name, where)) : unknown_field(name, where);
    }

    /// An empty array is refused: who computes the topics and finds none does not mean everybody.
    [[nodiscard]] expected<void> add_topic_array(std::string_view name, std::string_view value, std::string_view where)
    {
        if (!value.starts_with('[')) {
            return bad_request(fmt::format("'{}' in {} is neither a string nor an array of strings", name, where));
        }
        auto added = add_array(topics_, name, value, where);
        if (added.has_value() && topics_.values.empty()) {
            return bad_request(fmt::format("'{}' in {} is an empty array", name, where));
        }
        return added;
    }

    [[nodiscard]] static expected<void> add_array(repeated_field& field, std::string_view name, std::string_view value,
                                                  std::string_view where)
    {
        auto all = parse_strings(value, name);
        if (all.has_error()) {
            return all.error();
        }
        if (!field.values.empty() || std::exchange(field.is_array, true)) {
            return bad_request(fmt::format("{} gives '{}', which are given already", where, name));
        }
        field.values = std::move(*all);
        return {};
    }

    allowed_fields allowed_;
    std::optional<std::string> type_;
    std::optional<std::string> data_;
    std::optional<std::string> id_;
    std::optional<bool> private_;
    std::optional<bool> is_last_;
    std::optional<std::chrono::milliseconds> ttl_;
    std::optional<std::uint32_t> keep_;
    std::optional<bool> stream_;
    std::optional<bool> keep_ids_;
    std::optional<bool> end_;
    repeated_field topics_;
    repeated_field sessions_;
    repeated_field subjects_;
};

[[nodiscard]] problem unsupported(std::string_view type)
{
    return {.status = 415,
            .detail = type.empty() ? "the body has no Content-Type"
                                   : fmt::format("the media type '{}' is not supported here", type)};
}

[[nodiscard]] std::optional<item_format> item_format_of(std::string_view type)
{
    if (iequals(type, batch_type)) {
        return item_format::ndjson;
    }
    if (iequals(type, lines_type)) {
        return item_format::lines;
    }
    return iequals(type, event_stream_type) ? std::optional{item_format::event_stream} : std::nullopt;
}

[[nodiscard]] expected<void> add_body(gathered& to, publish_input const& in)
{
    auto const type = media_type(in.content_type);
    if (is_json(type)) {
        return to.add_json(in.body, "the body");
    }
    if (iequals(type, form_type)) {
        return to.add_form(in.body, "body");
    }
    if (type.empty() && in.body.empty()) {
        return {};
    }
    return unsupported(type);
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
    bool const to_sessions = who == addressing::sessions;
    auto found = gather(in, {.event = true, .topics = !to_sessions, .session = to_sessions, .subject = to_sessions});
    if (found.has_value()) {
        if (auto const ec = validate(found->event, max_event_bytes)) {
            return to_problem(ec);
        }
        if (to_sessions && found->targets.empty() && found->subjects.empty()) {
            return bad_request("no session is named, and no subject");
        }
    }
    return found;
}

bool is_json(std::string_view content_type) { return iequals(media_type(content_type), json_type); }

bool is_form(std::string_view content_type) { return iequals(media_type(content_type), form_type); }

bool is_batch(std::string_view content_type) { return iequals(media_type(content_type), batch_type); }

expected<std::vector<event>> parse_batch(publish_input const& in, std::size_t max_event_bytes)
{
    auto const beside = gather({.query = in.query, .content_type = {}, .body = {}}, {.event = false, .topics = false});
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
        if (events.size() == most_batch_events) {
            return problem{.status = 413,
                           .detail = fmt::format("the batch has more than {} events", most_batch_events)};
        }
        auto item = parse_json_item(line, "line " + std::to_string(number), {});
        if (item.has_error()) {
            return item.error();
        }
        events.push_back(std::move(*item));
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

bool asks_for_items(std::string_view query)
{
    if (query.find("stream") == std::string_view::npos) {
        return false;
    }
    form_reader reader{query, "query"};
    for (auto field = reader.next(); field && *field; field = reader.next()) {
        if ((*field)->first == "stream") {
            return true;
        }
    }
    return false;
}

expected<item_terms> parse_item_terms(publish_input const& in)
{
    gathered found{{.items = true}};
    if (auto const added = found.add_form(in.query, "query"); added.has_error()) {
        return added.error();
    }
    if (!found.is_on("stream")) {
        return bad_request("'stream' in the query is off: leave it out");
    }
    if (found.has_id()) {
        return bad_request("'id' in the query would be the id of every item");
    }
    auto const type = media_type(in.content_type);
    auto const format = item_format_of(type);
    if (!format) {
        return unsupported(type);
    }
    bool const keep_ids = found.is_on("keep_ids");
    if (keep_ids && format != item_format::event_stream) {
        return bad_request("'keep_ids' in the query is only for text/event-stream");
    }
    bool const closes = found.is_on("end");
    item_terms terms{.format = *format, .defaults = found.take_item({}), .keep_ids = keep_ids, .closes_topics = closes};
    if (closes && terms.defaults.topics.empty()) {
        return bad_request("'end' in the query closes the topics that the query names, and it names none");
    }
    return terms;
}

expected<event> parse_json_item(std::string_view text, std::string_view where, event const& defaults)
{
    gathered found{{}};
    if (auto const added = found.add_json(text, where); added.has_error()) {
        return added.error();
    }
    return found.take_item(defaults);
}

expected<std::string> parse_session(publish_input const& in)
{
    auto found = gather(in, {.event = false, .topics = false, .session = true});
    if (found.has_error()) {
        return found.error();
    }
    if (found->targets.size() != 1) {
        return bad_request(found->targets.empty() ? "no session is named" : "'session' is given twice");
    }
    return std::move(found->targets.front());
}

} // namespace sluice
