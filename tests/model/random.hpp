#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>

namespace sluice::model {

/// A small generator (splitmix64): the same numbers from the same seed with every standard library.
class random {
public:
    explicit random(std::uint64_t seed) noexcept : state_{seed} {}

    std::uint64_t next() noexcept
    {
        auto z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    /// A number below the bound, which is not 0.
    std::size_t below(std::size_t bound) noexcept { return static_cast<std::size_t>(next() % bound); }
    bool percent(std::size_t chance) noexcept { return below(100) < chance; }
    template <class T>
    T one_of(std::initializer_list<T> values) noexcept
    {
        return std::data(values)[below(values.size())];
    }

private:
    std::uint64_t state_;
};

} // namespace sluice::model
