#pragma once

#include <boost/intrusive/list.hpp>

#include <chrono>

namespace sluice {

/// Something that has a deadline: the base of the entries of a `deadline_list`.
class deadline_entry
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    using time_point = std::chrono::steady_clock::time_point;

    [[nodiscard]] time_point deadline() const noexcept { return deadline_; }

private:
    friend class deadline_list;
    time_point deadline_{};
};

/// Entries that all have the same time, in the order in which they are due. An entry is added at the back, and those
/// that are due are at the front, so neither operation visits others. An entry is in at most one list, and leaves it
/// when it is destroyed. A list with a time of 0 watches nothing. Not thread-safe.
class deadline_list {
public:
    using duration = std::chrono::steady_clock::duration;
    using time_point = deadline_entry::time_point;

    explicit deadline_list(duration time) noexcept : time_{time} {}

    /// Gives the entry its full time from now on, whatever list it was in.
    void restart(deadline_entry& e, time_point now) noexcept
    {
        e.unlink();
        if (time_ > duration::zero()) {
            e.deadline_ = now + time_;
            entries_.push_back(e);
        }
    }

    /// Removes and returns the next entry that is due; null if there is none.
    [[nodiscard]] deadline_entry* pop_due(time_point now) noexcept
    {
        if (entries_.empty() || entries_.front().deadline_ > now) {
            return nullptr;
        }
        auto& e = entries_.front();
        entries_.pop_front();
        return &e;
    }

    /// When the next entry is due; `time_point::max()` if there is none.
    [[nodiscard]] time_point next() const noexcept
    {
        return entries_.empty() ? time_point::max() : entries_.front().deadline_;
    }

private:
    duration time_;
    boost::intrusive::list<deadline_entry, boost::intrusive::constant_time_size<false>> entries_;
};

} // namespace sluice
