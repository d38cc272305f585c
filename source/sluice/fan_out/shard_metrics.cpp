#include <sluice/fan_out/shard.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace sluice {

void shard::add_to(broker_metrics& all) const
{
    for (std::size_t i = 0; i != counted_kinds; ++i) {
        all.counts[i] += counters_[static_cast<counted>(i)].get();
    }
    // Every shard reads all that is published and keeps the same window of it: the one that is furthest tells.
    all.bytes_published = std::max(all.bytes_published, bytes_published_);
    all.log_events = std::max<std::uint64_t>(all.log_events, window_.size());
    all.log_bytes = std::max<std::uint64_t>(all.log_bytes, window_.bytes());
    if (window_.size() != 0) {
        all.log_age = std::max(all.log_age, std::chrono::system_clock::now() - window_.at(window_.front()).published());
    }
    all.targeted_bytes += sessions_.targeted_bytes();
    all.fan_out_latency += latency_.latency();
    all.socket_latency += latency_.socket_latency();
    all.stream_lag += lag_;
    auto const blocked = std::ranges::count_if(busy_, [](client const& c) { return c.is_blocked(); });
    all.blocked_streams += static_cast<std::uint64_t>(blocked);
}

void shard::observe_lag()
{
    std::uint64_t busy = 0;
    for (client const& c : busy_) {
        ++busy;
        lag_.observe(window_.head().sequence - c.session().at.sequence);
    }
    lag_.observe(0, active_sessions() - busy);
}

/// Does what could not be done when it was due, because memory was short.
void shard::catch_up_late()
{
    if (shared_->ring.ready(index_)) {
        (void)wake();
    }
    arm_sweep();
}

/// Looks at the streams' lag from now on, at intervals, for as long as there are any.
void shard::sample_lag() noexcept
{
    if (std::exchange(samples_lag_, true)) {
        return;
    }
    try {
        lag_timer_.expires_after(stream_lag_interval);
        lag_timer_.async_wait([self = weak_from_this()](error_code ec) {
            auto const s = self.lock();
            if (!s || ec || !s->may_run()) {
                return;
            }
            s->samples_lag_ = false;
            if (s->active_sessions() != 0) {
                s->catch_up_late();
                s->observe_lag();
                s->sample_lag();
            }
        });
    } catch (std::exception const&) {
        // The next stream that is let in or waits begins anew.
        samples_lag_ = false;
    }
}

} // namespace sluice
