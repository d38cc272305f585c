#pragma once

#include <sluice/metrics.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace sluice::server {

/// What the rounds of a self-check have shown.
struct self_check_report {
    /// The latency of the newest round that is over; none before the first.
    std::optional<std::chrono::steady_clock::duration> last;
    /// The latencies of all, in nanoseconds.
    histogram latency{fan_out_latency_bounds};
    /// How often a shard did not answer in time.
    std::uint64_t times_late = 0;
    /// How many shards have not answered in time and not since.
    std::size_t late_now = 0;
};

/// Judges how long an event takes from being published to the last shard's clients. It does no I/O and reads no clock.
///
/// It goes by rounds: one thread publishes an event, a client on each shard answers when it has it, and the thread
/// looks at the answers when it publishes the next. A shard that has not answered by then is late. One round is under
/// way at a time, so that a round tells the whole time for which a thread was blocked.
class self_check {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    explicit self_check(std::size_t shards) : shards_(shards) {}

    [[nodiscard]] std::size_t shards() const noexcept { return shards_.size(); }

    /// How a shard stands otherwise than before.
    struct change {
        std::size_t shard;
        /// Late from now on, else no longer.
        bool late;
        /// For how long it has not answered, or had not.
        duration waited;
    };

    /// @name On the publisher's thread
    /// @{

    /// Begins a round, unless one is under way, with the event that is published next and will have this sequence.
    void begin(std::uint64_t sequence, time_point now) noexcept;
    /// Takes the answers to the round that is under way; tells each lateness and its end once.
    [[nodiscard]] std::vector<change> look(time_point now);
    /// @}

    /// The shard has every event up to the sequence. On the shard's thread.
    void answer(std::size_t shard, std::uint64_t sequence, time_point now) noexcept;

    /// Safe from any thread.
    [[nodiscard]] self_check_report report() const;

private:
    struct shard_state {
        /// The round that was answered last, and when.
        std::atomic<std::uint64_t> answered{0};
        std::atomic<time_point> at{};
        bool late = false;
    };

    std::vector<shard_state> shards_;
    /// The sequence of the round's event.
    std::atomic<std::uint64_t> round_{0};
    time_point begun_;
    bool under_way_ = false;
    mutable std::mutex mutex_;
    self_check_report report_;
};

} // namespace sluice::server
