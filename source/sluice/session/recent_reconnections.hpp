#pragma once

#include <boost/circular_buffer.hpp>

#include <chrono>

namespace sluice {

/// @cond internal
/// When a session reconnected, within `thrash_window`, and whether that was too often when it last did.
struct recent_reconnections {
    boost::circular_buffer<std::chrono::steady_clock::time_point> times;
    bool thrashing = false;
};
/// @endcond

} // namespace sluice
