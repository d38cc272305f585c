#pragma once

#include <sluice/event/event.hpp>
#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>

#include <functional>
#include <span>
#include <string_view>

namespace sluice {

/// Whether a publisher may publish to a topic. It is asked about `*` for an event without a topic, which reaches every
/// stream. An empty function allows everything.
/// @code
/// sluice::publish_rights const own = [user](std::string_view topic) { return topic == "chat/" + user; };
/// @endcode
using publish_rights = std::function<bool(std::string_view topic)>;

/// A problem if the publisher may not publish one of the events to each of its topics: 403 that names the first topic
/// that is missing, and, if there are several events, which of them it is.
[[nodiscard]] SLUICE_EXPORT expected<void> check_rights(std::span<event const> events, publish_rights const& rights);

} // namespace sluice
