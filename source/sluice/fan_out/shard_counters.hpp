#pragma once

#include <sluice/metrics.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// A number that one thread increments and any thread reads.
class counter {
public:
    void add(std::uint64_t n) noexcept
    {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// The counters of a shard. Only its own thread writes them, so that shards share nothing; readers sum the shards.
class shard_counters {
public:
    [[nodiscard]] counter& operator[](counted what) noexcept { return all_[static_cast<std::size_t>(what)]; }
    [[nodiscard]] counter const& operator[](counted what) const noexcept
    {
        return all_[static_cast<std::size_t>(what)];
    }

private:
    std::array<counter, counted_kinds> all_;
};

} // namespace sluice
