#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sluice::load {
namespace {

constexpr unsigned sub_bits = 7;
constexpr std::uint64_t sub_count = 1U << sub_bits; // buckets per power of two
constexpr std::size_t bucket_count = (64 - sub_bits + 1) * sub_count;

/// How far a value is shifted so that 8 significant bits stay; 0 for values that are their own bucket.
unsigned shift_of(std::uint64_t value)
{
    const auto width = static_cast<unsigned>(std::bit_width(value));
    return width > sub_bits + 1 ? width - sub_bits - 1 : 0;
}

std::size_t index_of(std::uint64_t value)
{
    const auto shift = shift_of(value);
    return shift * sub_count + (value >> shift);
}

std::uint64_t upper_end_of(std::size_t index)
{
    if (index < 2 * sub_count) {
        return index;
    }
    const auto shift = index / sub_count - 1;
    const auto first = (index - shift * sub_count) << shift;
    return first + ((std::uint64_t{1} << shift) - 1);
}

} // namespace

histogram::histogram() : buckets_(bucket_count) {}

void histogram::record(std::uint64_t value)
{
    ++buckets_[index_of(value)];
    ++count_;
    max_ = std::max(max_, value);
}

void histogram::clear()
{
    std::fill(buckets_.begin(), buckets_.end(), 0);
    count_ = 0;
    max_ = 0;
}

std::uint64_t histogram::value_at(double quantile) const
{
    const auto share = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(count_);
    const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= rank) {
            return std::min(upper_end_of(i), max_);
        }
    }
    return max_;
}

} // namespace sluice::load
