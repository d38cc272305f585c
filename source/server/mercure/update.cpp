#include "update.hpp"

#include "characters.hpp"
#include "paths.hpp"
#include "reserved_topic.hpp"
#include <sluice/http/form.hpp>
#include <sluice/http/request_fields.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::server::mercure {
namespace {

[[nodiscard]] problem too_many_topics()
{
    return {.status = 413, .detail = fmt::format("the body names more than {} topics", max_topics)};
}

/// The milliseconds that the digits say, at most what a clock can count; nothing if there is another character.
[[nodiscard]] std::optional<std::chrono::milliseconds> read_retry(std::string_view digits)
{
    if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
        return std::nullopt;
    }
    std::chrono::milliseconds::rep count = 0;
    auto const read = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return read.ec == std::errc{} ? std::chrono::milliseconds{count} : std::chrono::milliseconds::max();
}

/// The fields of one update, as they come.
class update_reader {
public:
    [[nodiscard]] expected<void> add(std::string_view name, std::string value)
    {
        if (name == "topic") {
            if (update_.topics.size() == max_topics) {
                return too_many_topics();
            }
            update_.topics.push_back(std::move(value));
        } else if (name == "private") {
            update_.is_private = true;
        } else if (name == "data") {
            return take_single(data_, name, std::move(value), place);
        } else if (name == "id") {
            return take_single(id_, name, std::move(value), place);
        } else if (name == "type") {
            return take_single(type_, name, std::move(value), place);
        } else if (name == "retry") {
            return take_single(retry_, name, std::move(value), place);
        }
        return {};
    }

    [[nodiscard]] expected<event> take()
    {
        if (retry_ && !retry_->empty()) {
            update_.retry = read_retry(*retry_);
            if (!update_.retry) {
                return bad_request("'retry' in the body is not digits alone");
            }
        }
        update_.data = std::move(data_).value_or("");
        update_.id = std::move(id_).value_or("");
        update_.type = std::move(type_).value_or("");
        return std::move(update_);
    }

private:
    static constexpr std::string_view place = "the body";

    event update_;
    std::optional<std::string> data_;
    std::optional<std::string> id_;
    std::optional<std::string> type_;
    std::optional<std::string> retry_;
};

[[nodiscard]] expected<event> read(std::string_view form)
{
    update_reader update;
    form_reader fields{form, "body"};
    for (;;) {
        auto field = fields.next();
        if (field.has_error()) {
            return field.error();
        }
        if (!*field) {
            return update.take();
        }
        auto& [name, value] = **field;
        if (auto const added = update.add(name, std::move(value)); added.has_error()) {
            return added.error();
        }
    }
}

[[nodiscard]] problem forbidden_character(std::string_view field)
{
    return bad_request(fmt::format("'{}' in the body has a control or format character", field));
}

[[nodiscard]] expected<void> check_topics(event const& update, jwt::dialect by)
{
    bool const is_v1 = by == jwt::dialect::v1;
    if (update.topics.empty()) {
        return bad_request("the body names no topic");
    }
    for (auto const& topic : update.topics) {
        if (auto const ec = validate_topic(topic)) {
            return bad_request(fmt::format("'topic' in the body: {}", ec.message()));
        }
        if (is_v1 && has_forbidden_characters(topic)) {
            return forbidden_character("topic");
        }
        if (is_reserved(topic)) {
            return problem{
                .status = is_v1 ? 400U : 403U,
                .detail = fmt::format("'topic' in the body: what is below {} only the hub itself publishes", hub_path)};
        }
    }
    return {};
}

/// What Mercure 1.0 forbids besides.
[[nodiscard]] expected<void> check_names(event const& update)
{
    if (has_forbidden_characters(update.id)) {
        return forbidden_character("id");
    }
    if (update.id.starts_with('#')) {
        return bad_request("'id' in the body begins with '#', as ids of the hub's own do");
    }
    if (has_forbidden_characters(update.type)) {
        return forbidden_character("type");
    }
    if (update.type == "mercure") {
        return bad_request("'type' in the body is 'mercure', the type of the hub's own updates");
    }
    return {};
}

} // namespace

expected<event> parse_update(publish_input const& in, jwt::dialect by, std::size_t max_event_bytes)
{
    if (!is_form(in.content_type)) {
        return problem{.status = 415, .detail = "an update is a form: application/x-www-form-urlencoded"};
    }
    auto update = read(in.body);
    if (update.has_error()) {
        return update;
    }
    if (auto const checked = check_topics(*update, by); checked.has_error()) {
        return checked.error();
    }
    if (auto const checked = by == jwt::dialect::v1 ? check_names(*update) : expected<void>{}; checked.has_error()) {
        return checked.error();
    }
    if (auto const ec = validate(*update, max_event_bytes)) {
        return to_problem(ec);
    }
    return update;
}

} // namespace sluice::server::mercure
