#pragma once

#include <sluice/broker.hpp>
#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace sluice {

/// @cond internal
/// An event that cannot be published, because of a topic.
struct closed_topic {
    std::size_t index = 0;
    std::string_view topic;
};

/// The first of the events with a topic that is closed, or will be by one of the events before; nothing if there is
/// none.
[[nodiscard]] SLUICE_EXPORT std::optional<closed_topic> find_closed_topic(broker const& b,
                                                                          std::span<event const> events);

/// The problem of that event, 409; `where` begins the text.
[[nodiscard]] SLUICE_EXPORT problem to_problem(closed_topic const& c, std::string_view where = {});
/// @endcond

} // namespace sluice
