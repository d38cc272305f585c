#pragma once

#include <sluice/error.hpp>
#include <sluice/histogram.hpp>
#include <sluice/metrics.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <exception>
#include <utility>

namespace sluice {

/// Samples the lag of a shard's streams at intervals, while there are any. Confined to the shard's thread.
class lag_sampler {
public:
    explicit lag_sampler(boost::asio::any_io_executor const& executor) : timer_{executor} {}

    /// Whether no sample is scheduled.
    [[nodiscard]] bool rests() const noexcept { return !waits_; }
    /// Schedules a call of `look` after an interval; `look` then calls `looked`. If memory is too short for that, the
    /// next call of `start` does it.
    template <class F>
    void start(F look) noexcept
    {
        waits_ = true;
        try {
            timer_.expires_after(stream_lag_interval);
            timer_.async_wait([f = std::move(look)](error_code ec) mutable {
                if (!ec) {
                    f();
                }
            });
        } catch (std::exception const&) {
            waits_ = false;
        }
    }
    void looked() noexcept { waits_ = false; }
    void cancel() { timer_.cancel(); }

    /// Counts `streams` that lag by this many events.
    void observe(std::uint64_t lag, std::uint64_t streams = 1) { lag_.observe(lag, streams); }
    [[nodiscard]] histogram const& lag() const noexcept { return lag_; }

private:
    boost::asio::steady_timer timer_;
    histogram lag_{stream_lag_bounds};
    bool waits_ = false;
};

} // namespace sluice
