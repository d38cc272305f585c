#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice {

/// A set of small numbers. It takes about 18 bytes for each 64 numbers of which it has one, so that few numbers take
/// little memory, and many take no more than bits.
class number_set {
public:
    static constexpr std::uint32_t numbers_per_word = 64;

    [[nodiscard]] bool contains(std::uint32_t number) const noexcept
    {
        auto const found = words_.find(number / numbers_per_word);
        return found != words_.end() && (found->second & bit_of(number)) != 0;
    }
    /// Throws `std::bad_alloc`.
    void insert(std::uint32_t number) { words_[number / numbers_per_word] |= bit_of(number); }
    /// Removes the numbers whose bits are set: number 64 is the lowest bit of the second word.
    void erase(std::span<std::uint64_t const> bits) noexcept
    {
        boost::unordered::erase_if(words_, [bits](auto& word) {
            word.second &= word.first < bits.size() ? ~bits[word.first] : ~std::uint64_t{0};
            return word.second == 0;
        });
    }
    [[nodiscard]] static std::uint64_t bit_of(std::uint32_t number) noexcept
    {
        return std::uint64_t{1} << (number % numbers_per_word);
    }

private:
    boost::unordered_flat_map<std::uint32_t, std::uint64_t> words_;
};

} // namespace sluice
