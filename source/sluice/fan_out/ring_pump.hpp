#pragma once

#include <sluice/event/frame.hpp>
#include <sluice/fan_out/event_ring.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>

namespace sluice {

/// Takes the ring's events for one shard, a slice at a time, and lets publishers wait for the end of a slice.
///
/// A publisher asks for a wake with `ask`. The shard answers, opens a `round`, and takes a slice within it. Confined to
/// the shard's thread, except where stated.
class ring_pump {
public:
    using clock = std::chrono::steady_clock;

    ring_pump(event_ring& ring, std::size_t reader) noexcept : ring_{ring}, reader_{reader} {}

    /// @name Safe from any thread
    /// @{
    /// Whether the caller has to wake the shard: true if nothing has asked since the shard last answered.
    [[nodiscard]] bool ask() noexcept { return !asked_.exchange(true, std::memory_order_acq_rel); }
    /// The caller could not wake the shard, so the next one that asks has to.
    void take_back() noexcept { asked_ = false; }
    /// Whether the shard leaves room in the ring for this many more events.
    [[nodiscard]] bool leaves_room(std::size_t events) const noexcept { return ring_.leaves_room(reader_, events); }
    /// How often the shard has taken from the ring, for `wait_for_round_after`.
    [[nodiscard]] std::uint32_t rounds() const noexcept { return rounds_.load(std::memory_order_acquire); }
    /// Blocks until the shard has taken from the ring more often than `rounds`, or `wake_publishers` is called.
    void wait_for_round_after(std::uint32_t rounds) const noexcept { rounds_.wait(rounds, std::memory_order_acquire); }
    void wake_publishers() noexcept
    {
        rounds_.fetch_add(1, std::memory_order_acq_rel);
        rounds_.notify_all();
    }
    /// @}

    /// Called before looking at the ring, so that a publisher that pushes after that look asks again.
    void answer() noexcept { asked_.exchange(false, std::memory_order_acq_rel); }
    /// Whether an event is ready.
    [[nodiscard]] bool ready() const noexcept { return ring_.ready(reader_); }
    /// The sequence of the newest event that a publisher has claimed a place for.
    [[nodiscard]] std::uint64_t published() const noexcept { return ring_.claimed(); }
    /// Whether a round is open: none may be opened within it.
    [[nodiscard]] bool running() const noexcept { return running_; }
    /// The time; within a round the time at which the round began, because it is needed for each client.
    [[nodiscard]] clock::time_point now() const noexcept { return running_ ? since_ : clock::now(); }

    /// Passes the next events to `f(shared_frame const&)`, which returns their weight. It stops after `most_events`, or
    /// once they weigh more than `most_weight`, so that the window does not drop events that its clients have yet to be
    /// given.
    template <class F>
    void take_slice(std::size_t most_events, std::size_t most_weight, F f)
    {
        std::size_t weight = 0;
        for (std::size_t taken = 0; taken != most_events && weight <= most_weight; ++taken) {
            if (ring_.poll(reader_, 1, [&](shared_frame const& next) { weight += f(next); }) == 0) {
                break;
            }
        }
        wake_publishers();
    }

    /// A round is open while this object lives. `on_throw` is called if an exception ends it.
    template <class F>
    class round {
    public:
        round(ring_pump& p, F on_throw) : pump_{p}, on_throw_{std::move(on_throw)}
        {
            pump_.since_ = clock::now();
            pump_.running_ = true;
        }
        ~round()
        {
            pump_.running_ = false;
            if (std::uncaught_exceptions() != exceptions_) {
                on_throw_();
            }
        }
        round(round const&) = delete;
        round& operator=(round const&) = delete;

    private:
        ring_pump& pump_;
        F on_throw_;
        int exceptions_ = std::uncaught_exceptions();
    };

private:
    event_ring& ring_;
    std::size_t reader_;
    bool running_ = false;
    clock::time_point since_;
    // On a cache line of its own, because publishers write it.
    alignas(64) std::atomic<bool> asked_{false};
    // On another line: waiting publishers read it, and the shard writes it once a slice.
    alignas(64) std::atomic<std::uint32_t> rounds_{0};
};

} // namespace sluice
