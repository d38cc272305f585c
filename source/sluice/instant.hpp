#pragma once

#include <chrono>

namespace sluice {

/// One moment by both clocks: deadlines go by the steady one, what people read goes by the wall's.
///
/// Everything that depends on time is told the time, so that a test can move it.
struct instant {
    std::chrono::steady_clock::time_point steady;
    std::chrono::system_clock::time_point wall;

    [[nodiscard]] static instant now() noexcept
    {
        return {.steady = std::chrono::steady_clock::now(), .wall = std::chrono::system_clock::now()};
    }
};

} // namespace sluice
