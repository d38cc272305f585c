#pragma once

#include <sluice/fan_out/number_set.hpp>
#include <sluice/fan_out/selector.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice {

/// Numbers the topics in a window, so that sets of them can be kept as bits. The number of a topic that has left the
/// window is stale: sets may still have it. Stale numbers are swept from all sets at once, when there are as many of
/// them as other ones, and are given to new topics then. Confined to the shard's thread.
class topic_numbers {
public:
    /// Gives the topic a number that no set has, unless it has one. `sweep(bits)` removes stale numbers from all sets.
    /// Throws `std::bad_alloc`.
    template <class Sweep>
    void take(selector& topic, Sweep sweep)
    {
        if (topic.number() != selector::no_number) {
            return;
        }
        if (free_.empty() && stale_ >= std::max(least_swept, used_ / 2)) {
            free_.reserve(stale_);
            sweep(std::span<std::uint64_t const>{stale_bits_});
            make_free();
        }
        if (free_.empty()) {
            stale_bits_.resize(used_ / number_set::numbers_per_word + 1);
            topic.set_number(static_cast<std::uint32_t>(used_++));
        } else {
            topic.set_number(free_.back());
            free_.pop_back();
        }
    }
    /// The topic has left the window.
    void give_back(selector& topic) noexcept
    {
        if (auto const number = topic.number(); number != selector::no_number) {
            stale_bits_[number / number_set::numbers_per_word] |= number_set::bit_of(number);
            ++stale_;
            topic.set_number(selector::no_number);
        }
    }

private:
    static constexpr std::size_t least_swept = 64;

    void make_free() noexcept
    {
        for (std::uint32_t number = 0; number != used_; ++number) {
            if ((stale_bits_[number / number_set::numbers_per_word] & number_set::bit_of(number)) != 0) {
                free_.push_back(number);
            }
        }
        std::ranges::fill(stale_bits_, 0);
        stale_ = 0;
    }

    std::vector<std::uint32_t> free_;
    std::vector<std::uint64_t> stale_bits_;
    std::size_t stale_ = 0;
    /// How many numbers there are.
    std::size_t used_ = 0;
};

} // namespace sluice
