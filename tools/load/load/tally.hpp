#pragma once

#include "histogram.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string>

namespace sluice::load {

enum class stream_state {
    away,       ///< no connection yet, or none for now
    connecting, ///< on the way: TCP, the request, the ready event
    live,       ///< the server has it
    ended       ///< the connection failed, or ended although nobody wanted that; it does not come back
};

/// What all streams of a run have seen together.
struct tally {
    std::uint64_t published = 0; ///< events handed to the publisher so far
    std::uint64_t expected = 0;  ///< the deliveries that these make when every stream gets its group's

    std::array<std::uint64_t, 4> states{}; ///< how many streams are in each
    std::uint64_t& in(stream_state what) { return states[static_cast<std::size_t>(what)]; }
    std::uint64_t in(stream_state what) const { return states[static_cast<std::size_t>(what)]; }

    std::uint64_t delivered = 0; ///< events that arrived, each once per stream
    std::uint64_t duplicated = 0;
    std::uint64_t misordered = 0;          ///< counted in `delivered` too
    std::uint64_t unexpected = 0;          ///< events of our type that are not, byte for byte, what was published
    std::uint64_t closed = 0;              ///< streams that were live and ended
    std::uint64_t closed_when_stalled = 0; ///< streams that the server gave up, as it may
    std::uint64_t lost_by_leavers = 0;     ///< of clients that are not there any more
    std::uint64_t bytes = 0;               ///< received on streams, HTTP framing included

    /// Latencies count of events that were due from then on.
    std::uint64_t measured_from_ns = std::numeric_limits<std::uint64_t>::max();
    histogram latency; ///< nanoseconds from due to read

    std::string first_failure; ///< why the first stream ended that should not have
};

} // namespace sluice::load
