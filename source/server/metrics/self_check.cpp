#include "self_check.hpp"

#include <algorithm>

namespace sluice::server {

void self_check::begin(std::uint64_t sequence, time_point now) noexcept
{
    if (!under_way_) {
        under_way_ = true;
        begun_ = now;
        round_.store(sequence, std::memory_order_release);
    }
}

void self_check::answer(std::size_t shard, std::uint64_t sequence, time_point now) noexcept
{
    auto& state = shards_[shard];
    // The round stays as it is until every shard has answered.
    auto const round = round_.load(std::memory_order_acquire);
    if (sequence >= round && state.answered.load(std::memory_order_relaxed) < round) {
        state.at.store(now, std::memory_order_relaxed);
        state.answered.store(round, std::memory_order_release);
    }
}

std::vector<self_check::change> self_check::look(time_point now)
{
    std::vector<change> changes;
    if (!under_way_) {
        return changes;
    }
    auto const round = round_.load(std::memory_order_relaxed);
    duration latency{};
    std::size_t missing = 0;
    for (std::size_t i = 0; i != shards_.size(); ++i) {
        auto& state = shards_[i];
        bool const late = state.answered.load(std::memory_order_acquire) < round;
        auto const waited = (late ? now : state.at.load(std::memory_order_relaxed)) - begun_;
        if (late != state.late) {
            changes.push_back({.shard = i, .late = late, .waited = waited});
            state.late = late;
        }
        latency = std::max(latency, waited);
        missing += late ? 1 : 0;
    }
    std::scoped_lock const lock{mutex_};
    report_.late_now = missing;
    report_.times_late += static_cast<std::uint64_t>(std::ranges::count(changes, true, &change::late));
    if (missing == 0) {
        under_way_ = false;
        report_.last = latency;
        report_.latency.observe(
            static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(latency).count()));
    }
    return changes;
}

self_check_report self_check::report() const
{
    std::scoped_lock const lock{mutex_};
    return report_;
}

} // namespace sluice::server
