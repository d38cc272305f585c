#pragma once

#include <sluice/config.hpp>
#include <sluice/fan_out/topic.hpp>
#include <sluice/frame.hpp>

#include <boost/circular_buffer.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// Where a session is: every event up to `sequence` has been passed, and `ordinal` is the next broadcast.
struct position {
    std::uint64_t sequence = 0;
    std::uint64_t ordinal = 0;

    friend bool operator==(position const&, position const&) = default;
};

/// A shard's window of the log: the newest broadcasts, bounded in events and bytes.
///
/// Broadcasts are counted by a dense ordinal, from 0, beside the sequence that they share with targeted events; so
/// "how many were missed" is a subtraction and a position is found by index. Confined to the shard's thread.
class history {
public:
    /// `epoch` is the `hi` of the log's ids.
    history(log_config const& limits, std::uint64_t epoch);

    /// Takes the log's next event: a broadcast is kept, of a targeted one only the place and id are noted.
    void append(shared_frame f);

    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
    /// The position behind the newest event.
    [[nodiscard]] position head() const noexcept { return head_; }
    /// The ordinal of the oldest broadcast that is kept.
    [[nodiscard]] std::uint64_t front() const noexcept { return head_.ordinal - entries_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// The broadcast with the ordinal, which is from `front()` up to but not `head().ordinal`.
    [[nodiscard]] frame const& at(std::uint64_t ordinal) const noexcept { return *entry_at(ordinal).value; }

    /// The topic of the newest broadcast; there is one.
    [[nodiscard]] topic_ptr const& newest_topic() const noexcept { return entries_.back().type; }

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

    /// The sequence of the latest event with a publisher's own id, up to the sequence `through`, that `accepts` takes;
    /// nothing when there is none among the newest few, so that an id given very often costs little.
    [[nodiscard]] std::optional<std::uint64_t> find_latest(std::string_view own_id, std::uint64_t through,
                                                           std::function<bool(std::uint64_t)> const& accepts) const;

    [[nodiscard]] topic_index& topics() noexcept { return topics_; }

private:
    struct entry {
        shared_frame value;
        topic_ptr type;
    };

    [[nodiscard]] entry const& entry_at(std::uint64_t ordinal) const noexcept
    {
        return entries_[static_cast<std::size_t>(ordinal - front())];
    }
    void keep(shared_frame f);
    void drop_oldest();
    void note_own_id(frame const& f);
    void forget_own_ids();

    std::size_t max_events_;
    std::size_t max_bytes_;
    std::uint64_t epoch_;
    position head_;
    boost::circular_buffer<entry> entries_;
    std::size_t bytes_ = 0;
    /// The sequence of the newest broadcast that has left the log.
    std::uint64_t lost_through_ = 0;
    /// Every sequence after this one and up to `lost_through_` was a broadcast's.
    std::uint64_t lost_densely_after_ = 0;
    topic_index topics_;
    /// Publishers' own ids, of targeted events too, and the order in which they came.
    std::set<std::pair<std::string, std::uint64_t>, std::less<>> own_ids_;
    std::deque<decltype(own_ids_)::iterator> own_id_order_;
};

} // namespace sluice
