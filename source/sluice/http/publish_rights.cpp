#include <sluice/http/publish_rights.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>

namespace sluice {
namespace {

/// What the publisher has no right to; empty if it may publish the event.
[[nodiscard]] std::string missing_right(event const& e, publish_rights const& rights)
{
    if (e.topics.empty()) {
        return rights("*") ? "" : "without a topic, which needs a grant of '*'";
    }
    auto const missing = std::ranges::find_if_not(e.topics, [&](std::string const& topic) { return rights(topic); });
    return missing == e.topics.end() ? "" : fmt::format("to '{}'", *missing);
}

} // namespace

expected<void> check_rights(std::span<event const> events, publish_rights const& rights)
{
    if (!rights) {
        return {};
    }
    for (std::size_t i = 0; i != events.size(); ++i) {
        if (auto const missing = missing_right(events[i], rights); !missing.empty()) {
            auto const which = events.size() == 1 ? "" : fmt::format("event {}: ", i + 1);
            return problem{.status = 403, .detail = fmt::format("{}there is no right to publish {}", which, missing)};
        }
    }
    return {};
}

} // namespace sluice
