#include <sluice/http/interest_parameters.hpp>

#include <sluice/event/event.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

/// What a session asks for is limited in number and in length.
constexpr std::size_t most_types = 1000;
constexpr std::size_t most_topics = 1000;
constexpr std::size_t most_topic_bytes = 4096;

} // namespace

bool interest_parameters::has(std::string_view name) noexcept
{
    return name == "types" || name == "topic" || name == "topic_pattern";
}

expected<void> interest_parameters::take(std::string_view name, std::string& value, session_meta& to)
{
    return name == "types"   ? add_types(value, to)
           : name == "topic" ? add_topic(name, std::move(value), to)
                             : add_pattern(name, std::move(value), to);
}

/// The list may name stream-control events, which are always sent.
expected<void> interest_parameters::add_types(std::string_view list, session_meta& to) const
{
    while (!list.empty()) {
        auto const type = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), type.size() + 1));
        if (type.empty()) {
            continue;
        }
        if (auto const ec = validate_type(type); ec && ec != errc::reserved_type) {
            return bad_request(fmt::format("'types' in the {}: {}", place_, ec.message()));
        }
        if (to.subscriptions.size() == most_types) {
            return bad_request(fmt::format("'types' in the {} names more than {} types", place_, most_types));
        }
        to.subscriptions.emplace_back(type);
    }
    return {};
}

expected<void> interest_parameters::count_topic(std::string_view name, std::string_view text)
{
    if (topics_ == most_topics) {
        return bad_request(fmt::format("the {} names more than {} topics and patterns", place_, most_topics));
    }
    if (text.empty() || text.size() > most_topic_bytes) {
        return bad_request(fmt::format("'{}' in the {} is {}", name, place_,
                                       text.empty() ? "empty" : fmt::format("longer than {} bytes", most_topic_bytes)));
    }
    ++topics_;
    return {};
}

expected<void> interest_parameters::add_topic(std::string_view name, std::string text, session_meta& to)
{
    auto counted = count_topic(name, text);
    if (counted.has_value()) {
        to.topics.push_back(std::move(text));
    }
    return counted;
}

expected<void> interest_parameters::add_pattern(std::string_view name, std::string text, session_meta& to)
{
    if (patterns_ == nullptr) {
        return bad_request(fmt::format("'{}' in the {}: this server knows no patterns", name, place_));
    }
    auto const judged = text.size() <= most_topic_bytes ? patterns_->judge(text) : topic_patterns::verdict{};
    if (!judged.refusal.empty()) {
        return bad_request(fmt::format("'{}' in the {}: {}", name, place_, judged.refusal));
    }
    if (auto const counted = count_steps(name, judged.steps); counted.has_error()) {
        return counted;
    }
    auto counted = count_topic(name, text);
    if (counted.has_value()) {
        to.topic_patterns.push_back(std::move(text));
    }
    return counted;
}

expected<void> interest_parameters::count_steps(std::string_view name, std::size_t steps)
{
    steps_ += steps;
    if (steps_ > topic_patterns::most_steps) {
        return bad_request(fmt::format(
            "'{}' in the {}: the patterns take too long to match, at most {} steps for each byte of a topic, "
            "and all together may take {}",
            name, place_, steps_, topic_patterns::most_steps));
    }
    return {};
}

} // namespace sluice
