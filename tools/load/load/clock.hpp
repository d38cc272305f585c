#pragma once

#include <chrono>
#include <cstdint>

namespace sluice::load {

using clock = std::chrono::steady_clock;

/// The longest wait for a socket to become ready, after which a loop looks at the time again.
constexpr std::chrono::milliseconds poll_limit{50};

/// Nanoseconds of the monotonic clock: what goes into payloads, so that publisher and reader agree.
inline std::uint64_t to_ns(clock::time_point when)
{
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(when.time_since_epoch()).count());
}

} // namespace sluice::load
