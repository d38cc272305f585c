#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace sluice {

/// Counts how often values of each size occurred. A value is a whole number, of events or of nanoseconds.
///
/// Not safe to change from several threads at once.
/// @code
/// static constexpr std::array<std::uint64_t, 3> bounds{10, 100, 1000};
/// sluice::histogram sizes{bounds};
/// sizes.observe(42); // counted in the bucket of 100
/// @endcode
class histogram {
public:
    /// The bounds are in ascending order and outlive the histogram.
    explicit histogram(std::span<std::uint64_t const> bounds) : bounds_{bounds}, counts_(bounds.size() + 1) {}

    /// Counts the value `times` times.
    void observe(std::uint64_t value, std::uint64_t times = 1) noexcept
    {
        auto const bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
        counts_[static_cast<std::size_t>(bound - bounds_.begin())] += times;
        sum_ += static_cast<double>(value) * static_cast<double>(times);
    }

    /// Adds the counts of another histogram, which must have the same bounds.
    histogram& operator+=(histogram const& other) noexcept
    {
        assert(std::ranges::equal(bounds_, other.bounds_));
        std::ranges::transform(counts_, other.counts_, counts_.begin(), std::plus{});
        sum_ += other.sum_;
        return *this;
    }

    /// The greatest value of each bucket. One more bucket holds the values above the last bound.
    [[nodiscard]] std::span<std::uint64_t const> bounds() const noexcept { return bounds_; }
    /// How many values are in each bucket; buckets are not cumulative.
    [[nodiscard]] std::span<std::uint64_t const> counts() const noexcept { return counts_; }
    /// How many values there were, in all buckets together.
    [[nodiscard]] std::uint64_t count() const noexcept
    {
        return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
    }
    /// The sum of all values. It is a floating-point number because nanoseconds would overflow an integer within
    /// months.
    [[nodiscard]] double sum() const noexcept { return sum_; }

private:
    std::span<std::uint64_t const> bounds_;
    std::vector<std::uint64_t> counts_;
    double sum_ = 0;
};

} // namespace sluice
