#pragma once

#include <cstdint>
#include <vector>

namespace sluice::load {

/// How an event arrived on a stream.
enum class arrival {
    in_order,   ///< later than all before it, whether or not some between are missing so far
    misordered, ///< after a later one
    duplicate   ///< seen before
};

/// What one stream has of the sequence 0, 1, 2, … Costs nothing beyond a counter while nothing is missing.
class sequence_tracker {
public:
    arrival accept(std::uint64_t sequence);

    /// How many of the first `published` never came.
    std::uint64_t lost(std::uint64_t published) const;

private:
    std::uint64_t next_ = 0;             ///< one more than the greatest seen
    std::vector<std::uint64_t> missing_; ///< what lies below `next_` and was not seen, in order
};

} // namespace sluice::load
