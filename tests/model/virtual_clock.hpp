#pragma once

#include <chrono>

/// The clocks of this program stand still until a test moves them: `virtual_clock.cpp` defines `now` of the standard
/// library's steady and system clock, so the library under test, Asio's timers included, sees no other time. An expiry
/// or a timeout of hours thus costs nothing and falls on the exact millisecond.
namespace sluice::model {

/// What the clocks have been moved by since the program began.
[[nodiscard]] std::chrono::milliseconds clock_now() noexcept;
void move_clock(std::chrono::milliseconds by) noexcept;

} // namespace sluice::model
