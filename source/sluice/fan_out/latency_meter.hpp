#pragma once

#include <sluice/event/frame.hpp>
#include <sluice/metrics.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace sluice {

/// Measures the time from an event's publishing until a shard has woken every client that waits for it, and until each
/// stream's socket has taken it. Confined to the shard's thread.
///
/// It reads the clock once for all events that are taken from the ring together, and once for a few writes. It uses the
/// system clock, whose time each frame has already, so that publishers need not read another clock. If that clock was
/// set back meanwhile, the time counts as 0.
class latency_meter {
public:
    using time_point = std::chrono::system_clock::time_point;

    /// The shard took the event from the ring.
    void take(frame const& f)
    {
        // Events that are published together have the same time.
        if (taken_.empty() || taken_.back().published != f.published()) {
            taken_.push_back({f.published(), 0});
        }
        ++taken_.back().events;
    }

    /// A stream's socket has taken a write whose oldest event was published at this time. `last` says that no other
    /// write will follow soon. `now` returns the time.
    template <class Clock = decltype(&std::chrono::system_clock::now)>
    void wrote(time_point oldest, bool last, Clock now = &std::chrono::system_clock::now)
    {
        if (written_ != 0 && oldest != oldest_written_) {
            count_written(now());
        }
        oldest_written_ = oldest;
        if (++written_ == writes_per_look || last) {
            count_written(now());
        }
    }

    /// The shard has woken its clients for all events that it took.
    void finish()
    {
        if (!taken_.empty() || written_ != 0) {
            finish(std::chrono::system_clock::now());
        }
    }
    void finish(time_point now)
    {
        count_written(now);
        for (auto const& [published, events] : taken_) {
            latency_.observe(nanoseconds(now - published), events);
        }
        taken_.clear();
    }

    [[nodiscard]] histogram const& latency() const noexcept { return latency_; }
    [[nodiscard]] histogram const& socket_latency() const noexcept { return socket_latency_; }

    /// How many writes of the same events share one reading of the clock.
    static constexpr std::size_t writes_per_look = 16;

private:
    [[nodiscard]] static std::uint64_t nanoseconds(time_point::duration d) noexcept
    {
        auto const count = std::chrono::duration_cast<std::chrono::nanoseconds>(d).count();
        return static_cast<std::uint64_t>(std::max<std::int64_t>(0, count));
    }

    void count_written(time_point now)
    {
        if (written_ != 0) {
            socket_latency_.observe(nanoseconds(now - oldest_written_), std::exchange(written_, 0));
        }
    }

    struct moment {
        time_point published;
        std::uint64_t events;
    };
    std::vector<moment> taken_;
    histogram latency_{fan_out_latency_bounds};
    /// Writes that are not in the histogram yet; the oldest event of each was published at the same time.
    std::size_t written_ = 0;
    time_point oldest_written_;
    histogram socket_latency_{fan_out_latency_bounds};
};

} // namespace sluice
