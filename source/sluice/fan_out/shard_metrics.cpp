#include <sluice/fan_out/shard.hpp>

#include <algorithm>
#include <chrono>

namespace sluice {

void shard::add_to(broker_metrics& all)
{
    for (std::size_t i = 0; i != counted_kinds; ++i) {
        all.counts[i] += counters_[static_cast<counted>(i)].get();
    }
    // Every shard reads all that is published and keeps the same window of it: the one that is furthest tells.
    all.bytes_published = std::max(all.bytes_published, bytes_published_);
    all.log_events = std::max<std::uint64_t>(all.log_events, log_.size());
    all.log_bytes = std::max<std::uint64_t>(all.log_bytes, log_.bytes());
    if (log_.size() != 0) {
        all.log_age = std::max(all.log_age, std::chrono::system_clock::now() - log_.at(log_.front()).published());
    }
    all.targeted_bytes += sessions_.targeted_bytes();
    all.fan_out_latency += latency_.latency();
    observe_lag(all);
    all.stream_lag += lag_;
}

void shard::observe_lag(broker_metrics& all)
{
    std::uint64_t busy = 0;
    for (client const& c : busy_) {
        ++busy;
        all.blocked_streams += c.is_blocked() ? 1U : 0U;
        lag_.observe(log_.head().sequence - c.session().at.sequence);
    }
    lag_.observe(0, active_sessions() - busy);
}

} // namespace sluice
