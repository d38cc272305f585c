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

/// What the shards tell each other of such events.
struct sent_board {
    explicit sent_board(std::size_t shards) : of(shards) {}

    std::vector<sent_events> of;
    /// How often a shard has let go of a session that another one has by then. Whoever looks at all shards in turn, and
    /// sees no move, has not missed a session that went from one to the other meanwhile.
    std::atomic<std::uint64_t> moves{0};
};

/// A session that is still on the shard it comes from: what that tells with the session, and without it.
struct left_behind {
    std::size_t shard = 0;
    std::uint64_t undelivered = 0;
    std::uint64_t undelivered_by_others = 0;
};

/// The seam between shards for events to single sessions. A client that comes back with a new session cannot know
/// whether such an event, sent to a session of another shard, was its own; so each shard tells how far its own are
/// written. Confined to the shard's thread; only `sent_board` is shared.
///
/// Example: event 7 goes to a session of shard 1. From when shard 0 has taken it from the ring until shard 1 has taken
/// and written it, `others_lack_after(6)` is true on shard 0.
class sent_seam {
public:
    /// `all` has one entry for each shard, this one's at `index`.
    sent_seam(sent_board& all, std::size_t index) noexcept : all_{all}, index_{index} {}

    /// The shard has taken the event from the ring and handed it to those of its sessions that it was sent to.
    void accepted(std::uint64_t sequence, std::uint64_t newest_undelivered) noexcept
    {
        newest_ = sequence;
        tell(newest_undelivered);
        all_.of[index_].accepted.store(sequence, std::memory_order_release);
    }
    /// Tells the other shards of the newest event that is not written to its session here.
    void tell(std::uint64_t newest_undelivered) noexcept
    {
        all_.of[index_].undelivered.store(newest_undelivered, std::memory_order_release);
    }
    /// As `tell`, after a session has moved from here to a shard that has told of it.
    void tell_of_move(std::uint64_t newest_undelivered) noexcept
    {
        all_.moves.fetch_add(1, std::memory_order_acq_rel);
        tell(newest_undelivered);
    }
    /// Whether another shard has yet to write, or has lost, an event after the sequence that was sent to a session
    /// there. A session that is moving here does not count where it comes from.
    [[nodiscard]] bool others_lack_after(std::uint64_t sequence, left_behind const& moving = {}) const noexcept
    {
        if (newest_ <= sequence) {
            return false;
        }
        for (;;) {
            auto const moves = all_.moves.load(std::memory_order_acquire);
            for (std::size_t i = 0; i != all_.of.size(); ++i) {
                if (i != index_ && lacks_after(sequence, i, moving)) {
                    return true;
                }
            }
            if (all_.moves.load(std::memory_order_acquire) == moves) {
                return false;
            }
        }
    }
    [[nodiscard]] std::size_t shards() const noexcept { return all_.of.size(); }

private:
    [[nodiscard]] bool lacks_after(std::uint64_t sequence, std::size_t shard, left_behind const& moving) const noexcept
    {
        auto const& told = all_.of[shard];
        if (told.accepted.load(std::memory_order_acquire) < newest_) {
            return true;
        }
        auto undelivered = told.undelivered.load(std::memory_order_acquire);
        if (shard == moving.shard && undelivered == moving.undelivered) {
            undelivered = moving.undelivered_by_others;
        }
        return undelivered > sequence;
    }

    sent_board& all_;
    std::size_t index_;
    /// The newest event that was sent to single sessions, of those that this shard has taken.
    std::uint64_t newest_ = 0;
};

} // namespace sluice
