#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

/// The index of the first of `size` events after the sequence; `size` if there is none. `sequence_at(index)` grows with
/// the index. It is searched from the back in growing steps, because most questions are about the newest events.
template <class F>
[[nodiscard]] std::size_t index_after(std::uint64_t sequence, std::size_t size, F sequence_at) noexcept
{
    std::size_t high = size; // all from here on are after the sequence
    std::size_t step = 1;
    while (step <= high && sequence_at(high - step) > sequence) {
        high -= step;
        step *= 2;
    }
    std::size_t low = step <= high ? high - step + 1 : 0;
    while (low < high) {
        auto const middle = low + (high - low) / 2;
        if (sequence_at(middle) > sequence) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return high;
}

} // namespace sluice
