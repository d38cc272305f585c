#pragma once

#include <sluice/config.hpp>
#include <sluice/event/frame.hpp>
#include <sluice/fan_out/audience_index.hpp>
#include <sluice/fan_out/own_ids.hpp>
#include <sluice/fan_out/topic_ends.hpp>

#include <boost/circular_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

/// The sequences of the newest broadcasts of some kinds; 0 where there was none.
struct newest_broadcasts {
    std::uint64_t with_topic = 0;
    std::uint64_t with_several_topics = 0;
    std::uint64_t private_one = 0;
    /// One that is let go, or will be: it has a time to live.
    std::uint64_t perishable = 0;

    /// Takes in a broadcast that is newer than all so far.
    void note(frame const& f) noexcept
    {
        with_topic = f.topic_count() > 0 ? f.sequence() : with_topic;
        with_several_topics = f.topic_count() > 1 ? f.sequence() : with_several_topics;
        private_one = f.is_private() ? f.sequence() : private_one;
        perishable = f.has_ttl() ? f.sequence() : perishable;
    }
};

/// Of the broadcasts up to the sequence `through`, those that had been let go by then, and those whose time to live was
/// over at the moment.
struct let_go_view {
    std::uint64_t through = 0;
    std::chrono::system_clock::time_point moment{};
};

/// A shard's window of the log: the newest events, in one sequence with two budgets. Broadcasts and targeted events
/// each have the log's limits for themselves, so that no number of one kind takes the other's place.
///
/// All shards keep the same window. They share the frames of events, but each has an index of its own, whose cost
/// counts once for each shard.
///
/// The sequences are dense, and both kinds are held in order, so "how many broadcasts were missed" is a subtraction.
/// For example, if the head is 9, and the window holds all targeted events after 4, which are 6 and 7, then 3 of the
/// events after 4 were broadcasts, whether or not they are still held. Confined to the shard's thread.
class window {
public:
    /// `epoch` is the `hi` of the log's ids; `shards` is how many shards keep the same window; `patterns` says what
    /// patterns of topics are; `closed` are the topics that publishers must not publish to.
    window(log_config const& limits, std::uint64_t epoch, std::size_t shards = 1,
           topic_patterns const* patterns = nullptr, closed_topics* closed = nullptr);

    /// Adds the log's next event, or does what a mark in its place says. If memory is short, the older half of the
    /// broadcasts is dropped, and finally the event itself; `covers` and `lost_after` report that like any loss.
    /// Returns whether the event is kept. Broadcasts are kept to their limits here; targeted events are dropped one by
    /// one, by whoever knows their sessions.
    bool append(shared_frame const& f) noexcept;

    /// The most events of each kind that it keeps.
    [[nodiscard]] std::size_t max_events() const noexcept { return max_events_; }
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
    /// The sequence of the newest event.
    [[nodiscard]] std::uint64_t head() const noexcept { return head_; }
    /// The sequence of the newest broadcast, whether or not it is kept; 0 if there was none.
    [[nodiscard]] std::uint64_t newest_broadcast() const noexcept { return newest_broadcast_; }
    /// The bytes of memory that the broadcasts take, including each shard's index.
    [[nodiscard]] std::size_t bytes() const noexcept { return frame_bytes_ + shards_ * index_bytes(); }
    /// The most by which the event adds to `bytes` or `targeted_bytes`.
    [[nodiscard]] std::size_t most_bytes(frame const& f) const noexcept;
    /// How often memory was short when an event was added.
    [[nodiscard]] std::uint64_t shortages() const noexcept { return shortages_; }

    /// @name Broadcasts
    /// @{
    /// How many are kept.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    /// Those that are kept, from the oldest on. The index is below `size()`.
    [[nodiscard]] frame const& operator[](std::size_t index) const noexcept { return *entries_[index].value; }
    /// Which selectors that broadcast has.
    [[nodiscard]] addressing_entry const& addressing_of(std::size_t index) const noexcept
    {
        return entries_[index].addressing;
    }
    /// Calls `f(selector&)` for each selector of the newest broadcast. REQUIRES: there is one.
    template <class F>
    void for_each_newest_selector(F f) const
    {
        audience_.for_each_newest_selector(entries_.back().addressing, f);
    }
    /// Whether that broadcast is one of those.
    [[nodiscard]] bool is_let_go(std::size_t index, let_go_view const& view) const noexcept
    {
        auto const& e = entries_[index];
        return e.value->sequence() <= view.through &&
               ((e.let_go_by != 0 && e.let_go_by <= view.through) || e.value->expires() <= view.moment);
    }
    /// The newest broadcasts of some kinds, whether or not they are kept.
    [[nodiscard]] newest_broadcasts const& newest() const noexcept { return newest_; }
    /// The newest of those that have left the log.
    [[nodiscard]] newest_broadcasts const& newest_lost() const noexcept { return newest_lost_; }
    /// The index of the first broadcast after the sequence that is kept; `size()` if there is none.
    [[nodiscard]] std::size_t first_after(std::uint64_t sequence) const noexcept;
    /// The sequence of the newest broadcast that has left the log; 0 if none has.
    [[nodiscard]] std::uint64_t lost_through() const noexcept { return lost_through_; }
    /// The sequence of the newest of them that had not been let go, and whose time to live was not over; 0 if there is
    /// none.
    [[nodiscard]] std::uint64_t missed_through() const noexcept { return missed_through_; }
    /// Whether every broadcast after the sequence is still kept.
    [[nodiscard]] bool covers(std::uint64_t sequence) const noexcept { return sequence >= lost_through_; }
    /// How many broadcasts there were up to the sequence; nothing if that cannot be known.
    [[nodiscard]] std::optional<std::uint64_t> count_up_to(std::uint64_t sequence) const noexcept;
    /// How many have left the log.
    [[nodiscard]] std::uint64_t lost() const noexcept { return broadcasts_ - entries_.size(); }
    /// How many of those after the sequence have left the log; nothing if that cannot be known.
    [[nodiscard]] std::optional<std::uint64_t> lost_after(std::uint64_t sequence) const noexcept;
    /// @}

    /// @name Targeted events
    /// @{
    /// The bytes of memory that they take, including each shard's index.
    [[nodiscard]] std::size_t targeted_bytes() const noexcept { return targeted_bytes_; }
    /// Whether they exceed their limits, so that the oldest is to be dropped. The newest stays in any case.
    [[nodiscard]] bool has_too_many_targeted() const noexcept
    {
        return targeted_.size() > 1 && (targeted_.size() > max_events_ || targeted_bytes_ > max_bytes_);
    }
    /// The oldest that is kept. REQUIRES: there is one.
    [[nodiscard]] frame const& oldest_targeted() const noexcept { return *targeted_.front(); }
    /// The targeted event with the sequence; null if it is not kept.
    [[nodiscard]] frame const* find_targeted(std::uint64_t sequence) const noexcept;
    /// Calls `f(frame const&)` for each that is kept after the sequence, in order.
    template <class F>
    void for_each_targeted_after(std::uint64_t sequence, F f) const
    {
        for (auto i = targeted_.size() - targeted_after(sequence); i != targeted_.size(); ++i) {
            f(*targeted_[i]);
        }
    }
    /// The sequence of the newest that has left the log.
    [[nodiscard]] std::uint64_t targeted_lost_through() const noexcept { return targeted_lost_through_; }
    /// Drops the oldest. REQUIRES: there is one, and no session refers to it.
    void drop_oldest_targeted() noexcept;
    /// Drops those whose sessions have all ended, but for those with an own id, which a client may yet name as its
    /// last. Visits each.
    void drop_unwanted_targeted() noexcept;
    /// Whether so many were added since that it is worth to visit each again.
    [[nodiscard]] bool may_have_unwanted_targeted() const noexcept { return 4 * added_targeted_ >= targeted_.size(); }
    /// @}

    /// The sequence of the event that a client names as its last; nothing if the id cannot be placed, because it
    /// belongs to another log, is ahead of the log, or is a publisher's own id that is unknown or no longer known. If
    /// several events have the same own id, it is the earliest that is still in the log.
    [[nodiscard]] std::optional<std::uint64_t> find(std::string_view last_event_id) const;
    /// The sequence after which the events begin that the text asks for: an id that `find` knows, or a time in RFC
    /// 3339, with the first event that was published then or later. Nothing if it asks for all that is held: it is
    /// `earliest`, or unknown.
    [[nodiscard]] std::optional<std::uint64_t> find_start(std::string_view since) const;
    /// The publishers' own ids that are known.
    [[nodiscard]] own_id_index const& own_ids() const noexcept { return own_ids_; }

    /// The sequence of the last event of a topic that is closed; nothing if it is open. The topic may be null.
    [[nodiscard]] std::optional<std::uint64_t> end_of(selector const* topic) const noexcept
    {
        return ends_.contains(topic) ? std::optional{topic->broadcasts().newest()} : std::nullopt;
    }

    [[nodiscard]] audience_index& audience() noexcept { return audience_; }
    [[nodiscard]] audience_index const& audience() const noexcept { return audience_; }
    /// Makes sure that the broadcasts without a topic are known by themselves. Throws `std::bad_alloc`.
    void know_without_topic();

private:
    struct entry {
        shared_frame value;
        /// The selectors are known for as long as they have a broadcast here.
        addressing_entry addressing;
        /// The sequence of the event by whose `keep` it was let go; 0 if it was not.
        std::uint64_t let_go_by = 0;
    };
    /// The cost of each broadcast besides its frame: the entry, and what the selector of its type keeps.
    static constexpr std::size_t index_bytes_each = sizeof(entry) + postings::bytes_each;

    [[nodiscard]] static std::size_t bytes_of_own_id(frame const& f) noexcept
    {
        return f.has_own_id() ? own_id_index::bytes_each : 0;
    }
    [[nodiscard]] std::size_t bytes_of_targeted(frame const& f) const noexcept
    {
        // Sessions refer to the event on their own shards alone.
        constexpr std::size_t with_spare_room = 2 * sizeof(shared_frame);
        return f.footprint() + shards_ * (with_spare_room + bytes_of_own_id(f)) +
               f.targets().size() * postings::bytes_each;
    }
    [[nodiscard]] std::size_t index_bytes() const noexcept
    {
        return entries_.size() * index_bytes_each + audience_.bytes() + own_ids_held_ * own_id_index::bytes_each;
    }
    void add(shared_frame const& f);
    void keep(shared_frame const& f);
    void keep_targeted(shared_frame const& f);
    void obey(shared_frame const& mark) noexcept;
    [[nodiscard]] bool try_close(selector const& topic, shared_frame const& by) noexcept;
    void note_ends(shared_frame const& f) noexcept;
    void forget_ends(addressing_entry const& oldest) noexcept;
    void note_canonical(frame const& f) noexcept;
    void let_go_of_older(selector& topic, std::uint32_t most, std::uint64_t by) noexcept;
    void move_head(frame const& f) noexcept;
    void enforce_limits() noexcept;
    void drop_older_half() noexcept;
    void give_way(frame const& f) noexcept;
    void note_lost(frame const& f, bool is_loss) noexcept;
    void drop_oldest() noexcept;
    [[nodiscard]] std::size_t targeted_after(std::uint64_t sequence) const noexcept;
    [[nodiscard]] std::uint64_t before(std::chrono::system_clock::time_point time) const noexcept;
    void note_targeted_gone(frame const& f) noexcept;

    std::size_t max_events_;
    std::size_t max_bytes_;
    std::uint64_t epoch_;
    std::size_t shards_;
    std::uint64_t head_ = 0;
    std::uint64_t newest_broadcast_ = 0;
    /// Of those that are no broadcasts, with marks.
    std::uint64_t newest_targeted_ = 0;
    std::uint64_t newest_mark_ = 0;
    /// The broadcasts that are kept, and how many there were in all.
    boost::circular_buffer<entry> entries_;
    std::uint64_t broadcasts_ = 0;
    std::size_t frame_bytes_ = 0;
    std::uint64_t shortages_ = 0;
    /// The sequence of the newest broadcast that has left the log.
    std::uint64_t lost_through_ = 0;
    std::uint64_t missed_through_ = 0;
    /// The time of publishing of the newest event, which is the same on every shard.
    std::chrono::system_clock::time_point time_{};
    newest_broadcasts newest_;
    newest_broadcasts newest_lost_;
    boost::circular_buffer<shared_frame> targeted_;
    std::size_t targeted_bytes_ = 0;
    /// How many were added since the unwanted ones were dropped.
    std::size_t added_targeted_ = 0;
    /// The sequence of the newest targeted event that has left the log.
    std::uint64_t targeted_lost_through_ = 0;
    audience_index audience_;
    topic_ends ends_;
    own_id_index own_ids_;
    /// How many broadcasts have an own id.
    std::size_t own_ids_held_ = 0;
};

} // namespace sluice
