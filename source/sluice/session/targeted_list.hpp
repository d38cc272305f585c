#pragma once

#include <sluice/event/frame.hpp>
#include <sluice/session/undelivered.hpp>

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice {

/// The newest events that were sent to one session, oldest first. Confined to the shard's thread.
///
/// They stay after they were written, until newer ones replace them, so that a client which did not receive them can
/// get them again.
class targeted_list {
public:
    /// Adds the newest event. If it throws, nothing has changed.
    void push(shared_frame f);
    /// Removes the event at the index, which is below `size()`.
    void erase(std::size_t index);
    void clear() noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return held_ ? held_->frames.size() : 0; }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    /// The index is below `size()`.
    [[nodiscard]] frame const& operator[](std::size_t index) const noexcept { return *held_->frames[index]; }
    /// The index of the first event after the sequence; `size()` if there is none.
    [[nodiscard]] std::size_t first_after(std::uint64_t sequence) const noexcept;
    /// The bytes of memory that the events occupy.
    [[nodiscard]] std::size_t bytes() const noexcept { return held_ ? held_->bytes : 0; }
    /// The sequence of the newest event that was erased.
    [[nodiscard]] std::uint64_t erased_through() const noexcept { return erased_through_; }
    /// Notes that the event with this sequence could not be kept; it counts as erased.
    void note_erased(std::uint64_t sequence) noexcept { erased_through_ = std::max(erased_through_, sequence); }
    /// The mark of the newest event that the session wants; null if there never was an event.
    [[nodiscard]] waiting_mark* mark() const noexcept { return held_ ? &held_->mark : nullptr; }

private:
    struct held {
        boost::circular_buffer<shared_frame> frames;
        std::size_t bytes = 0;
        waiting_mark mark;
    };
    /// Null until the first event, because most sessions are never sent one.
    std::unique_ptr<held> held_;
    std::uint64_t erased_through_ = 0;
};

} // namespace sluice
