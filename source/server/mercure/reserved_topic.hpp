#pragma once

#include <string_view>

namespace sluice::server::mercure {

/// Whether the topic, read as a reference from the hub's URL, leads to the hub's path or below it, on whatever host:
/// what is published there tells of subscriptions, so that only the hub itself may do so (Mercure 1.0, "Publication").
[[nodiscard]] bool is_reserved(std::string_view topic);

} // namespace sluice::server::mercure
