#include "sequence_tracker.hpp"

#include <algorithm>

namespace sluice::load {

arrival sequence_tracker::accept(std::uint64_t sequence)
{
    if (sequence >= next_) {
        for (; next_ < sequence; ++next_) {
            missing_.push_back(next_);
        }
        ++next_;
        return arrival::in_order;
    }
    const auto found = std::lower_bound(missing_.begin(), missing_.end(), sequence);
    if (found == missing_.end() || *found != sequence) {
        return arrival::duplicate;
    }
    missing_.erase(found);
    return arrival::misordered;
}

std::uint64_t sequence_tracker::lost(std::uint64_t published) const
{
    const auto below =
        static_cast<std::uint64_t>(std::lower_bound(missing_.begin(), missing_.end(), published) - missing_.begin());
    return below + (published > next_ ? published - next_ : 0);
}

} // namespace sluice::load
