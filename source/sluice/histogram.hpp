#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace sluice {

/// How often values of each size came. A value is a whole number: of events, or of nanoseconds.
///
/// Confined to one thread while it is written.
class histogram {
public:
    /// The bounds grow, and outlive the histogram.
    explicit histogram(std::span<std::uint64_t const> bounds) : bounds_{bounds}, counts_(bounds.size() + 1) {}

    /// Counts the value so many times.
    void observe(std::uint64_t value, std::uint64_t times = 1) noexcept
    {
        auto const bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
        counts_[static_cast<std::size_t>(bound - bounds_.begin())] += times;
        sum_ += static_cast<double>(value) * static_cast<double>(times);
    }

    /// Adds what the other has counted; its bounds are the same.
    histogram& operator+=(histogram const& other) noexcept
    {
        assert(std::ranges::equal(bounds_, other.bounds_));
        std::ranges::transform(counts_, other.counts_, counts_.begin(), std::plus{});
        sum_ += other.sum_;
        return *this;
    }

    /// The greatest value of each bucket; one more bucket has what is above the last.
    [[nodiscard]] std::span<std::uint64_t const> bounds() const noexcept { return bounds_; }
    /// How many values are in each bucket, not counting those below it.
    [[nodiscard]] std::span<std::uint64_t const> counts() const noexcept { return counts_; }
    /// How many values there were, in all buckets together.
    [[nodiscard]] std::uint64_t count() const noexcept
    {
        return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
    }
    /// All values together: no whole number, which nanoseconds would exhaust within months.
    [[nodiscard]] double sum() const noexcept { return sum_; }

private:
    std::span<std::uint64_t const> bounds_;
    std::vector<std::uint64_t> counts_;
    double sum_ = 0;
};

} // namespace sluice
