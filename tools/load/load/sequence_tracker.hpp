#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::load {

/// How an event arrived on a stream.
enum class arrival {
    in_order,   ///< later than all before it, whether or not some between are missing so far
    misordered, ///< after a later one
    duplicate   ///< seen before
};

/// What one client has of the sequence 0, 1, 2, …, over all its connections. Costs nothing beyond a few words while
/// nothing is missing.
class sequence_tracker {
public:
    /// Starts over in the middle of a sequence that is running: whatever comes first is the beginning.
    void join();
    /// After `join`: of what is published from here on nothing may be missing any more. Without effect when the first
    /// event has come already.
    void expect_from(std::uint64_t sequence);

    arrival accept(std::uint64_t sequence)
    {
        if (is_joining_) {
            is_joining_ = false;
            next_ = std::min(next_, sequence);
        }
        if (sequence < next_) {
            return accept_late(sequence);
        }
        if (sequence > next_) {
            note_gap(sequence);
        }
        next_ = sequence + 1;
        return arrival::in_order;
    }

    /// The server has said that it dropped `count` events.
    void on_told(std::uint64_t count) { told_ += count; }
    /// The server has said that it dropped events, and cannot know how many: those of the next gap are told.
    void on_told_unknown() { is_next_gap_told_ = true; }

    /// Of the first `published`, those that never came: `lost` without a word, `told_lost` by the server's own account.
    std::uint64_t lost(std::uint64_t published) const;
    std::uint64_t told_lost(std::uint64_t published) const;
    /// Nothing of the first `published` is lost but what was given up.
    bool has_all(std::uint64_t published) const
    {
        return (next_ >= published && missing_.empty()) || lost(published) <= given_up_;
    }
    /// What is lost now was waited for long enough.
    void give_up(std::uint64_t published) { given_up_ = lost(published); }
    /// One more than the greatest that was seen, or what must come first.
    std::uint64_t next() const { return next_; }

private:
    struct range { ///< from `first` to before `last`
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };

    arrival accept_late(std::uint64_t sequence);
    void note_gap(std::uint64_t sequence);
    std::uint64_t missing(std::uint64_t published) const;

    std::uint64_t next_ = 0;
    std::uint64_t told_ = 0;
    std::uint64_t given_up_ = 0;
    std::vector<range> missing_; ///< what lies below `next_` and was not seen, in order
    bool is_joining_ = false;
    bool is_next_gap_told_ = false;
};

} // namespace sluice::load
