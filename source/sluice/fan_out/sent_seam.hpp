#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

/// What a shard tells the others of the events that were sent to its sessions.
struct alignas(64) sent_events {
    /// The sequence of the newest one that the shard has taken from the ring.
    std::atomic<std::uint64_t> accepted{0};
    /// The sequence of the newest one that was not written to its session, because it still waits or was lost.
    std::atomic<std::uint64_t> undelivered{0};
};

/// The seam between shards for events to single sessions. A client that comes back with a new session cannot know
/// whether such an event, sent to a session of another shard, was its own; so each shard tells how far its own are
/// written. Confined to the shard's thread; only `sent_events` is shared.
///
/// Example: event 7 goes to a session of shard 1. Shard 0 calls `note(1, 7)` when it takes the event from the ring;
/// until shard 1 has accepted and written it, `others_lack_after(6)` is true on shard 0.
class sent_seam {
public:
    /// `all` has one entry for each shard, this one's at `index`.
    sent_seam(std::vector<sent_events>& all, std::size_t index) : all_{all}, index_{index}, newest_(all.size()) {}

    /// An event was sent to a session whose home is that shard.
    void note(std::size_t home, std::uint64_t sequence) noexcept { newest_[home] = sequence; }
    /// The shard has handed the event to its own sessions. Does nothing for an event that was sent to none of them.
    void accepted(std::uint64_t sequence, std::uint64_t newest_undelivered) noexcept
    {
        if (newest_[index_] == sequence) {
            tell(newest_undelivered);
            all_[index_].accepted.store(sequence, std::memory_order_release);
        }
    }
    /// Tells the other shards of the newest event that is not written to its session here.
    void tell(std::uint64_t newest_undelivered) noexcept
    {
        all_[index_].undelivered.store(newest_undelivered, std::memory_order_release);
    }
    /// Whether another shard has yet to write, or has lost, an event after the sequence that was sent to a session
    /// there.
    [[nodiscard]] bool others_lack_after(std::uint64_t sequence) const noexcept
    {
        for (std::size_t i = 0; i != newest_.size(); ++i) {
            if (i != index_ && newest_[i] > sequence &&
                (all_[i].accepted.load(std::memory_order_acquire) < newest_[i] ||
                 all_[i].undelivered.load(std::memory_order_acquire) > sequence)) {
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] std::size_t shards() const noexcept { return newest_.size(); }

private:
    std::vector<sent_events>& all_;
    std::size_t index_;
    /// The newest event that was sent to a session of each shard.
    std::vector<std::uint64_t> newest_;
};

} // namespace sluice
