#pragma once

#include <chrono>

namespace sluice {

/// The longest time that an event source waits for anything, whether an option or the server asks for it: 24 days, as
/// with a browser's timers.
inline constexpr std::chrono::milliseconds longest_wait{0x7FFF'FFFF};

} // namespace sluice
