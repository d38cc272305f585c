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

/// The results of a self-check's rounds.
struct self_check_report {
    /// The latency of the last round that has ended; nothing before the first has.
    std::optional<std::chrono::steady_clock::duration> last;
    /// The latencies of all rounds, in nanoseconds.
    histogram latency{fan_out_latency_bounds};
    /// How often a shard did not answer in time.
    std::uint64_t times_late = 0;
    /// How many shards are late now.
    std::size_t late_now = 0;
};

/// Measures how long an event takes from being published to reaching the last shard's clients. It does no I/O and reads
/// no clock.
///
/// It works in rounds. In each, one thread publishes an event, a client on each shard answers when it has the event,
/// and the thread reads the answers when it is about to publish the next one. A shard that has not answered by then is
/// late. There is only one round at a time, so that its duration is the whole time for which a thread was blocked.
class self_check {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    explicit self_check(std::size_t shards) : shards_(shards) {}

    [[nodiscard]] std::size_t shards() const noexcept { return shards_.size(); }

    /// A change in a shard's state.
    struct change {
        std::size_t shard;
        /// Whether the shard has become late; otherwise it is no longer late.
        bool late;
        /// For how long it has not answered, or had not answered.
        duration waited;
    };

    /// @name On the publisher's thread
    /// @{

    /// Begins a round, unless one is running, with the event that is published next and gets this sequence.
    void begin(std::uint64_t sequence, time_point now) noexcept;
    /// Reads the answers to the running round. Each shard that becomes late, and each that recovers, is reported once.
    [[nodiscard]] std::vector<change> look(time_point now);
    /// @}

    /// The shard has got every event up to this sequence. Called on the shard's thread.
    void answer(std::size_t shard, std::uint64_t sequence, time_point now) noexcept;

    /// Safe from any thread.
    [[nodiscard]] self_check_report report() const;

private:
    struct shard_state {
        /// The last round that the shard answered, and when.
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
