#include <sluice/presence/opened_topics.hpp>

#include <sluice/event/event.hpp>

#include <algorithm>

namespace sluice {
namespace {

[[nodiscard]] bool selects(topic_selection const& some, std::string const& topic, pattern_index& patterns)
{
    return some.is_everything() || std::ranges::find(some.topics(), topic) != some.topics().end() ||
           std::ranges::any_of(some.patterns(),
                               [&](std::string const& pattern) { return patterns.matches(pattern, topic); });
}

} // namespace

std::vector<attendance::opened_topic> opened_topics(session_meta const& m, pattern_index& patterns)
{
    std::vector<attendance::opened_topic> opened;
    opened.reserve(m.topics.size());
    for (auto const& topic : m.topics) {
        if (topic == every_topic) {
            continue;
        }
        auto const& payloads = m.grant.payloads;
        auto const found = std::ranges::find_if(
            payloads, [&](presence_payload const& p) { return selects(p.topics, topic, patterns); });
        opened.push_back({.topic = topic, .payload = found == payloads.end() ? std::string_view{} : found->json});
    }
    return opened;
}

} // namespace sluice
