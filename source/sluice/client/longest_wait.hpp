#pragma once

#include <chrono>

namespace sluice {

/// The longest time that an event source waits for anything, whoever says how long: 24 days, as a browser's timers do.
inline constexpr std::chrono::milliseconds longest_wait{0x7FFF'FFFF};

} // namespace sluice
