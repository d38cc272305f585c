#pragma once

#include <sluice/event/frame.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace sluice {

/// The one order of all events: a bounded lock-free ring that many publishers write and that each shard reads
/// completely.
///
/// It works like the LMAX Disruptor. A publisher claims consecutive places with one compare-and-swap on the tail,
/// writes its frames there, and publishes each place by its sequence number. A reader follows with its own cursor and
/// stops at the first place that is claimed but not yet published, so all readers see the same order. The claim is a
/// compare-and-swap and not a fetch-and-add so that a publisher that finds no room has claimed nothing and need not
/// wait.
///
/// While a frame is in the ring, it has one owner for each reader. Each reader takes its ownership over without
/// touching the count.
class event_ring {
public:
    /// `capacity` is a power of two; `readers` is at least one. `epoch` is the `hi` of the ids that the ring assigns.
    event_ring(std::size_t capacity, std::size_t readers, std::uint64_t epoch)
        : slots_(capacity), cursors_(readers), mask_{capacity - 1}, epoch_{epoch}
    {
        assert(std::has_single_bit(capacity) && readers > 0);
    }

    event_ring(event_ring const&) = delete;
    event_ring& operator=(event_ring const&) = delete;

    ~event_ring()
    {
        for (std::size_t reader = 0; reader != cursors_.size(); ++reader) {
            while (poll(reader, slots_.size(), [](shared_frame const&) {}) != 0) {
            }
        }
    }

    [[nodiscard]] std::size_t capacity() const noexcept { return slots_.size(); }
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
    /// How many places were claimed so far, which is the `lo` of the newest id. Safe from any thread.
    [[nodiscard]] std::uint64_t claimed() const noexcept { return tail_.load(std::memory_order_acquire); }

    /// Assigns the next consecutive places to the frames, in order, and publishes them; returns false, and does
    /// nothing, if there is no room. At most `capacity` frames at once. Never waits. Safe from any thread.
    [[nodiscard]] bool try_push(std::span<boost::intrusive_ptr<frame> const> frames) noexcept
    {
        std::uint64_t first = tail_.load(std::memory_order_relaxed);
        do {
            if (!has_room(first + frames.size())) {
                return false;
            }
        } while (!tail_.compare_exchange_weak(first, first + frames.size(), std::memory_order_acq_rel,
                                              std::memory_order_relaxed));
        for (auto const& f : frames) {
            publish(++first, *f);
        }
        return true;
    }

    /// Passes the reader's next published frames, at most `limit`, to `f(shared_frame)` in order, and returns how many
    /// there were. One thread at a time for each reader.
    template <class F>
    std::size_t poll(std::size_t reader, std::size_t limit, F&& f)
    {
        auto& cursor = cursors_[reader].value;
        std::uint64_t const start = cursor.load(std::memory_order_relaxed);
        std::uint64_t next = start + 1;
        for (; next - start <= limit; ++next) {
            slot& s = slots_[next & mask_];
            if (s.sequence.load(std::memory_order_acquire) != next) {
                break;
            }
            shared_frame taken{s.value, false};
            cursor.store(next, std::memory_order_release);
            f(std::move(taken));
        }
        return static_cast<std::size_t>(next - start - 1);
    }

    /// Whether a frame is ready for the reader.
    [[nodiscard]] bool ready(std::size_t reader) const noexcept
    {
        auto const next = cursors_[reader].value.load(std::memory_order_relaxed) + 1;
        return slots_[next & mask_].sequence.load(std::memory_order_acquire) == next;
    }

    /// Whether the reader leaves room for this many more events. Safe from any thread.
    [[nodiscard]] bool leaves_room(std::size_t reader, std::size_t events) const noexcept
    {
        return claimed() + events <= cursors_[reader].value.load(std::memory_order_acquire) + capacity();
    }

    /// How many claimed places the slowest reader has not passed. Safe from any thread.
    [[nodiscard]] std::size_t occupancy() const noexcept
    {
        auto const slowest = slowest_cursor();
        return static_cast<std::size_t>(claimed() - slowest);
    }

private:
    // Two cache lines, because adjacent lines are fetched in pairs.
    static constexpr std::size_t apart = 128;

    struct slot {
        std::atomic<std::uint64_t> sequence{0};
        frame const* value = nullptr;
    };
    struct alignas(apart) cursor_type {
        std::atomic<std::uint64_t> value{0};
    };

    [[nodiscard]] std::uint64_t slowest_cursor() const noexcept
    {
        std::uint64_t slowest = cursors_.front().value.load(std::memory_order_acquire);
        for (auto const& c : cursors_) {
            slowest = std::min(slowest, c.value.load(std::memory_order_acquire));
        }
        return slowest;
    }

    /// Whether the place `last` may be written: every reader has passed the event that its slot held before. The
    /// slowest cursor is cached for all publishers, so that most of them read only one number.
    [[nodiscard]] bool has_room(std::uint64_t last) noexcept
    {
        if (last <= gate_.load(std::memory_order_acquire) + capacity()) {
            return true;
        }
        auto const slowest = slowest_cursor();
        gate_.store(slowest, std::memory_order_release);
        return last <= slowest + capacity();
    }

    void publish(std::uint64_t sequence, frame& f) noexcept
    {
        f.stamp({.hi = epoch_, .lo = sequence});
        add_refs(&f, static_cast<std::uint32_t>(cursors_.size()));
        slot& s = slots_[sequence & mask_];
        s.value = &f;
        s.sequence.store(sequence, std::memory_order_release);
    }

    std::vector<slot> slots_;
    std::vector<cursor_type> cursors_;
    std::uint64_t mask_;
    std::uint64_t epoch_;
    alignas(apart) std::atomic<std::uint64_t> tail_{0};
    alignas(apart) std::atomic<std::uint64_t> gate_{0};
};

} // namespace sluice
