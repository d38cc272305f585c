#pragma once

#include <cstdint>
#include <optional>

namespace sluice {

/// A number of events, modulo 2^64, or that it is not known. It takes the place of a `std::optional` in half the room,
/// because there are millions of sessions.
class known_count {
public:
    /// Not known.
    known_count() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): assigned like the optional number that it is.
    known_count(std::optional<std::uint64_t> count) noexcept : count_{count.value_or(unknown)} {}

    [[nodiscard]] std::optional<std::uint64_t> get() const noexcept
    {
        return count_ == unknown ? std::nullopt : std::optional{count_};
    }
    void reset() noexcept { count_ = unknown; }

private:
    /// As far from 0 as can be, on both sides.
    static constexpr std::uint64_t unknown = std::uint64_t{1} << 63U;

    std::uint64_t count_ = unknown;
};

} // namespace sluice
