#include "sequence_tracker.hpp"

#include <limits>

namespace sluice::load {

void sequence_tracker::join()
{
    *this = {};
    next_ = std::numeric_limits<std::uint64_t>::max();
    is_joining_ = true;
}

void sequence_tracker::expect_from(std::uint64_t sequence)
{
    if (is_joining_) {
        next_ = sequence;
    }
}

void sequence_tracker::note_gap(std::uint64_t sequence)
{
    missing_.push_back({next_, sequence});
    if (is_next_gap_told_) {
        is_next_gap_told_ = false;
        told_ += sequence - next_;
    }
}

arrival sequence_tracker::accept_late(std::uint64_t sequence)
{
    const auto found = std::partition_point(missing_.begin(), missing_.end(),
                                            [sequence](const range& each) { return each.last <= sequence; });
    if (found == missing_.end() || sequence < found->first) {
        return arrival::duplicate;
    }
    const range rest{sequence + 1, found->last};
    found->last = sequence;
    if (found->first < found->last) {
        if (rest.first < rest.last) {
            missing_.insert(found + 1, rest);
        }
    } else if (rest.first < rest.last) {
        *found = rest;
    } else {
        missing_.erase(found);
    }
    return arrival::misordered;
}

std::uint64_t sequence_tracker::missing(std::uint64_t published) const
{
    std::uint64_t sum = published > next_ ? published - next_ : 0;
    for (const auto& each : missing_) {
        sum += std::min(each.last, published) - std::min(each.first, published);
    }
    return sum;
}

std::uint64_t sequence_tracker::lost(std::uint64_t published) const
{
    const auto all = missing(published);
    return all - std::min(all, told_);
}

std::uint64_t sequence_tracker::told_lost(std::uint64_t published) const { return std::min(missing(published), told_); }

} // namespace sluice::load
