#pragma once

#include <sluice/config.hpp>
#include <sluice/event/frame.hpp>
#include <sluice/fan_out/own_ids.hpp>
#include <sluice/fan_out/selector.hpp>

#include <boost/circular_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

/// Where a session is: every event up to `sequence` has been passed, and `ordinal` is the next broadcast.
struct position {
    std::uint64_t sequence = 0;
    std::uint64_t ordinal = 0;

    friend bool operator==(position const&, position const&) = default;
};

/// A shard's window of the log: the newest broadcasts, bounded in events and bytes.
///
/// All shards keep the same window. They share the events' frames, but each has an index of its own, so what that costs
/// counts once for each shard.
///
/// Broadcasts are counted by a dense ordinal, from 0, beside the sequence that they share with targeted events; so
/// "how many were missed" is a subtraction and a position is found by index. Confined to the shard's thread.
class window {
public:
    /// `epoch` is the `hi` of the log's ids; `shards` is how many keep the same window.
    window(log_config const& limits, std::uint64_t epoch, std::size_t shards = 1);

    /// Takes the log's next event: a broadcast is kept, of a targeted one only the place and its own id are noted.
    /// Where memory is short the older half of the log gives way, and in the end the event itself; `covers` and
    /// `lost_after` tell that as any loss.
    void append(shared_frame f) noexcept;

    /// How many broadcasts it keeps at most.
    [[nodiscard]] std::size_t max_events() const noexcept { return max_events_; }
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
    /// The position behind the newest event.
    [[nodiscard]] position head() const noexcept { return head_; }
    /// The ordinal of the oldest broadcast that is kept.
    [[nodiscard]] std::uint64_t front() const noexcept { return head_.ordinal - entries_.size(); }
    /// What the events cost in bytes of memory, with the index of each shard.
    [[nodiscard]] std::size_t bytes() const noexcept { return frame_bytes_ + shards_ * index_bytes(); }
    /// The most by which the event adds to `bytes`.
    [[nodiscard]] std::size_t most_bytes(frame const& f) const noexcept;
    /// How often memory was short when an event came.
    [[nodiscard]] std::uint64_t shortages() const noexcept { return shortages_; }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// The broadcast with the ordinal, which is from `front()` up to but not `head().ordinal`.
    [[nodiscard]] frame const& at(std::uint64_t ordinal) const noexcept { return *entry_at(ordinal).value; }

    /// The selector of that broadcast.
    [[nodiscard]] selector const& selector_of(std::uint64_t ordinal) const noexcept { return *entry_at(ordinal).type; }
    /// The selector of the newest broadcast; there is one.
    [[nodiscard]] selector& newest_selector() const noexcept { return *entries_.back().type; }

    /// Whether every broadcast after the sequence is still kept.
    [[nodiscard]] bool covers(std::uint64_t sequence) const noexcept { return sequence >= lost_through_; }
    /// How many broadcasts after the sequence have left the log; nothing when that cannot be known.
    [[nodiscard]] std::optional<std::uint64_t> lost_after(std::uint64_t sequence) const noexcept;

    /// The position behind the event with the sequence, or at the oldest broadcast that is kept.
    [[nodiscard]] position position_after(std::uint64_t sequence) const noexcept;
    /// The sequence of the event that a client names as its last; nothing when the id cannot be placed: another
    /// log's, one ahead of the log, or a publisher's own id that is not (any more) known. An own id given twice is
    /// the earliest one's still in the log.
    [[nodiscard]] std::optional<std::uint64_t> find(std::string_view last_event_id) const;
    /// The own ids that it knows.
    [[nodiscard]] own_id_index const& own_ids() const noexcept { return own_ids_; }

    [[nodiscard]] audience_index& audience() noexcept { return audience_; }

private:
    struct entry {
        shared_frame value;
        /// Known for as long as it has a broadcast here.
        selector* type;
    };
    /// Of each broadcast, beside its frame: the entry and, with the room that a buffer has in reserve, the ordinal.
    static constexpr std::size_t index_bytes_each = sizeof(entry) + 2 * sizeof(std::uint64_t);

    [[nodiscard]] entry const& entry_at(std::uint64_t ordinal) const noexcept
    {
        return entries_[static_cast<std::size_t>(ordinal - front())];
    }
    [[nodiscard]] std::size_t index_bytes() const noexcept
    {
        return entries_.size() * index_bytes_each + selectors_held_ * audience_index::bytes_each + own_ids_.bytes();
    }
    void add(shared_frame& f);
    void make_room();
    void keep(shared_frame& f);
    void enforce_limits() noexcept;
    void drop_older_half() noexcept;
    void give_way(frame const& f) noexcept;
    void drop_oldest() noexcept;
    void note_lost(std::uint64_t sequence) noexcept;

    std::size_t max_events_;
    std::size_t max_bytes_;
    std::uint64_t epoch_;
    std::size_t shards_;
    position head_;
    boost::circular_buffer<entry> entries_;
    std::size_t frame_bytes_ = 0;
    std::uint64_t shortages_ = 0;
    /// The sequence of the newest broadcast that has left the log.
    std::uint64_t lost_through_ = 0;
    /// Every sequence after this one and up to `lost_through_` was a broadcast's.
    std::uint64_t lost_densely_after_ = 0;
    audience_index audience_;
    std::size_t selectors_held_ = 0;
    /// Of targeted events too.
    own_id_index own_ids_;
};

} // namespace sluice
