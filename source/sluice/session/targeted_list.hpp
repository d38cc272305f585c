#pragma once

#include <sluice/fan_out/postings.hpp>
#include <sluice/session/undelivered.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice {

/// What was sent to one session and is still in its shard's window, oldest first. Confined to the shard's thread.
class targeted_list {
public:
    /// Adds the window's newest event. If it throws, nothing has changed.
    void push(frame const& newest);
    /// Removes the oldest, which is about to leave the window. REQUIRES: there is one.
    void drop_front() noexcept;
    void clear() noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return held_ ? held_->events.size() : 0; }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    /// The index is below `size()`.
    [[nodiscard]] frame const& operator[](std::size_t index) const noexcept { return held_->events[index]; }
    /// The index of the first event after the sequence; `size()` if there is none.
    [[nodiscard]] std::size_t first_after(std::uint64_t sequence) const noexcept
    {
        return held_ ? held_->events.first_after(sequence) : 0;
    }
    /// The sequence of the newest event that is lost.
    [[nodiscard]] std::uint64_t lost_through() const noexcept { return lost_through_; }
    /// Notes that the event with this sequence has left the window, or could not be kept.
    void note_lost(std::uint64_t sequence) noexcept { lost_through_ = std::max(lost_through_, sequence); }
    /// The mark of the newest event that the session wants; null if there never was an event.
    [[nodiscard]] waiting_mark* mark() const noexcept { return held_ ? &held_->mark : nullptr; }

private:
    struct held {
        postings events;
        waiting_mark mark;
    };
    /// Null until the first event, because most sessions are never sent one.
    std::unique_ptr<held> held_;
    std::uint64_t lost_through_ = 0;
};

} // namespace sluice
