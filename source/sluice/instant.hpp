#pragma once

#include <chrono>

namespace sluice {

/// One moment by both clocks: the steady one for deadlines, the system's for times that people read.
///
/// Everything that depends on time gets the time as an argument, so that a test can choose it.
struct instant {
    std::chrono::steady_clock::time_point steady;
    std::chrono::system_clock::time_point wall;

    [[nodiscard]] static instant now() noexcept
    {
        return {.steady = std::chrono::steady_clock::now(), .wall = std::chrono::system_clock::now()};
    }
};

} // namespace sluice
