#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::load {

/// A log-linear histogram of unsigned integers (latencies in nanoseconds), with the error of HdrHistogram at
/// two digits.
///
/// Values below 256 have a bucket each. Above, each power of two is cut into 128 buckets of equal width, so a
/// bucket is at most 1/128 (0.8 %) of its values wide over the whole 64-bit range. Recording is an index
/// computation and an increment; the memory is fixed (58 KiB), whatever is recorded.
class histogram {
public:
    histogram();

    void record(std::uint64_t value);
    void clear();

    std::uint64_t count() const { return count_; }
    /// The exact largest value; 0 when empty.
    std::uint64_t max() const { return max_; }

    /// The value that a share `quantile` (0 to 1) of all values does not exceed: the upper end of its bucket,
    /// so never below the true one and at most 0.8 % above, and never above `max()`. 0 when empty.
    std::uint64_t value_at(double quantile) const;

private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

} // namespace sluice::load
