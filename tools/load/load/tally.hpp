#pragma once

#include "histogram.hpp"

#include <cstdint>
#include <limits>
#include <string>

namespace sluice::load {

/// What all streams of a run have seen together.
struct tally {
    std::uint64_t published = 0; ///< events handed to the publisher so far: sequences below this may arrive

    std::uint64_t ready = 0;     ///< streams that got their ready event
    std::uint64_t failed = 0;    ///< streams that ended before that
    std::uint64_t closed = 0;    ///< streams that ended after it
    std::uint64_t delivered = 0; ///< events that arrived, each once per stream
    std::uint64_t duplicated = 0;
    std::uint64_t misordered = 0; ///< counted in `delivered` too
    std::uint64_t unexpected = 0; ///< events of our type that are not, byte for byte, what was published
    std::uint64_t bytes = 0;      ///< received on streams, HTTP framing included

    std::uint64_t measured_from = std::numeric_limits<std::uint64_t>::max(); ///< first sequence whose latency counts
    histogram latency;                                                       ///< nanoseconds from due to read

    std::string first_failure; ///< why the first stream ended that should not have
};

} // namespace sluice::load
