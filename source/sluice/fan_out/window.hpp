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

/// The position of a session: every event up to `sequence` has been passed, and `ordinal` is the next broadcast.
struct position {
    std::uint64_t sequence = 0;
    std::uint64_t ordinal = 0;

    friend bool operator==(position const&, position const&) = default;
};

/// A shard's window of the log: the newest broadcasts, limited in events and bytes.
///
/// All shards keep the same window. They share the frames of events, but each has an index of its own, whose cost
/// counts once for each shard.
///
/// Besides the sequence, which they share with targeted events, broadcasts have a dense ordinal, counted from 0. So
/// "how many were missed" is a subtraction, and a position is found by index. For example, after broadcast, targeted
/// event, broadcast, the sequences are 1, 2, 3, and the broadcasts have the ordinals 0 and 1. Confined to the shard's
/// thread.
class window {
public:
    /// `epoch` is the `hi` of the log's ids; `shards` is how many shards keep the same window.
    window(log_config const& limits, std::uint64_t epoch, std::size_t shards = 1);

    /// Adds the log's next event. A broadcast is kept; of a targeted event only the place and its own id are noted. If
    /// memory is short, the older half of the log is dropped, and finally the event itself; `covers` and `lost_after`
    /// report that like any loss.
    void append(shared_frame f) noexcept;

    /// The most broadcasts that it keeps.
    [[nodiscard]] std::size_t max_events() const noexcept { return max_events_; }
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
    /// The position after the newest event.
    [[nodiscard]] position head() const noexcept { return head_; }
    /// The ordinal of the oldest broadcast that is kept.
    [[nodiscard]] std::uint64_t front() const noexcept { return head_.ordinal - entries_.size(); }
    /// The bytes of memory that the events take, including each shard's index.
    [[nodiscard]] std::size_t bytes() const noexcept { return frame_bytes_ + shards_ * index_bytes(); }
    /// The most by which the event adds to `bytes`.
    [[nodiscard]] std::size_t most_bytes(frame const& f) const noexcept;
    /// How often memory was short when an event was added.
    [[nodiscard]] std::uint64_t shortages() const noexcept { return shortages_; }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// The broadcast with this ordinal. REQUIRES: `front()` <= ordinal < `head().ordinal`.
    [[nodiscard]] frame const& at(std::uint64_t ordinal) const noexcept { return *entry_at(ordinal).value; }

    /// The selector of that broadcast.
    [[nodiscard]] selector const& selector_of(std::uint64_t ordinal) const noexcept { return *entry_at(ordinal).type; }
    /// The selector of the newest broadcast. REQUIRES: there is one.
    [[nodiscard]] selector& newest_selector() const noexcept { return *entries_.back().type; }

    /// Whether every broadcast after the sequence is still kept.
    [[nodiscard]] bool covers(std::uint64_t sequence) const noexcept { return sequence >= lost_through_; }
    /// How many broadcasts after the sequence have left the log; nothing if that cannot be known.
    [[nodiscard]] std::optional<std::uint64_t> lost_after(std::uint64_t sequence) const noexcept;

    /// The position after the event with this sequence, or at the oldest broadcast that is kept.
    [[nodiscard]] position position_after(std::uint64_t sequence) const noexcept;
    /// The sequence of the event that a client names as its last; nothing if the id cannot be placed, because it
    /// belongs to another log, is ahead of the log, or is a publisher's own id that is unknown or no longer known. If
    /// several events have the same own id, it is the earliest that is still in the log.
    [[nodiscard]] std::optional<std::uint64_t> find(std::string_view last_event_id) const;
    /// The publishers' own ids that are known.
    [[nodiscard]] own_id_index const& own_ids() const noexcept { return own_ids_; }

    [[nodiscard]] audience_index& audience() noexcept { return audience_; }

private:
    struct entry {
        shared_frame value;
        /// The selector is known for as long as it has a broadcast here.
        selector* type;
    };
    /// The cost of each broadcast besides its frame: the entry and, with a buffer's spare room, the ordinal.
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
    /// Every event after this sequence and up to `lost_through_` was a broadcast.
    std::uint64_t lost_densely_after_ = 0;
    audience_index audience_;
    std::size_t selectors_held_ = 0;
    /// Includes targeted events.
    own_id_index own_ids_;
};

} // namespace sluice
