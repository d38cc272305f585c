#pragma once

#include <sluice/event/frame.hpp>

#include <boost/circular_buffer.hpp>

#include <cstddef>
#include <cstdint>

namespace sluice {

/// The events of one kind that a window holds, oldest first: the broadcasts of a type, or what was sent to one session.
/// It does not own them: who drops an event from the window drops it here. Confined to the shard's thread.
class postings {
public:
    /// Makes sure that the next `append` allocates nothing.
    void make_room();
    /// Adds the window's newest event.
    void append(frame const& newest);
    /// Removes the oldest event. REQUIRES: there is one.
    void drop_front() noexcept;
    void clear() noexcept { events_.clear(); }

    [[nodiscard]] bool empty() const noexcept { return events_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }
    /// The index is below `size()`.
    [[nodiscard]] frame const& operator[](std::size_t index) const noexcept { return *events_[index].event; }
    /// The sequence of that event.
    [[nodiscard]] std::uint64_t sequence_at(std::size_t index) const noexcept { return events_[index].sequence; }
    /// The sequence of the newest event. REQUIRES: there is one.
    [[nodiscard]] std::uint64_t newest() const noexcept { return events_.back().sequence; }
    /// The index of the first event after the sequence; `size()` if there is none.
    [[nodiscard]] std::size_t first_after(std::uint64_t sequence) const noexcept;
    /// How many events are after the sequence.
    [[nodiscard]] std::size_t count_after(std::uint64_t sequence) const noexcept
    {
        return size() - first_after(sequence);
    }
    /// Whether there is an event after the sequence.
    [[nodiscard]] bool has_after(std::uint64_t sequence) const noexcept
    {
        return !empty() && events_.back().sequence > sequence;
    }
    /// The bytes of memory that one event takes, with the spare room.
    static constexpr std::size_t bytes_each = 2 * (sizeof(std::uint64_t) + sizeof(frame const*));

private:
    /// The sequence is that of the event, so that a search does not fetch events into the cache.
    struct posting {
        std::uint64_t sequence;
        frame const* event;
    };
    boost::circular_buffer<posting> events_;
};

} // namespace sluice
