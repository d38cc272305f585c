#pragma once

#include <sluice/frame.hpp>
#include <sluice/metrics.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace sluice {

/// Measures the time from an event's publishing until a shard has woken every client that waits for it. Confined to
/// the shard's thread.
///
/// It asks for the time once for all the events that are taken from the ring together, and goes by the wall's clock,
/// whose time each frame has already: a publisher is not to read another. When that clock is set back meanwhile, the
/// time counts as none.
class latency_meter {
public:
    /// The shard took the event from the ring.
    void take(frame const& f)
    {
        // What is published together has one time.
        if (taken_.empty() || taken_.back().published != f.published()) {
            taken_.push_back({f.published(), 0});
        }
        ++taken_.back().events;
    }

    /// The shard has woken its clients for all that it took.
    void finish()
    {
        if (!taken_.empty()) {
            finish(std::chrono::system_clock::now());
        }
    }
    void finish(std::chrono::system_clock::time_point now)
    {
        for (auto const& [published, events] : taken_) {
            auto const took = std::chrono::duration_cast<std::chrono::nanoseconds>(now - published).count();
            latency_.observe(static_cast<std::uint64_t>(std::max<std::int64_t>(0, took)), events);
        }
        taken_.clear();
    }

    [[nodiscard]] histogram const& latency() const noexcept { return latency_; }

private:
    struct batch {
        std::chrono::system_clock::time_point published;
        std::uint64_t events;
    };
    std::vector<batch> taken_;
    histogram latency_{fan_out_latency_bounds};
};

} // namespace sluice
