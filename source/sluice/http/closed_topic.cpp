#include <sluice/http/closed_topic.hpp>

#include <fmt/format.h>

#include <set>

namespace sluice {

std::optional<closed_topic> find_closed_topic(broker const& b, std::span<event const> events)
{
    std::set<std::string_view> closed_before;
    for (std::size_t i = 0; i != events.size(); ++i) {
        for (auto const& topic : events[i].topics) {
            if (closed_before.contains(topic) || b.is_closed(topic)) {
                return closed_topic{.index = i, .topic = topic};
            }
        }
        if (events[i].last) {
            closed_before.insert(events[i].topics.begin(), events[i].topics.end());
        }
    }
    return std::nullopt;
}

problem to_problem(closed_topic const& c, std::string_view where)
{
    return {.status = 409,
            .detail = fmt::format("{}the topic '{}' is closed", where, c.topic),
            .cause = errc::topic_closed};
}

} // namespace sluice
