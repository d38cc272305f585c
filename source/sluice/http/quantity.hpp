#pragma once

#include <sluice/export.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace sluice {

/// @cond internal
/// Units with their factors, in ascending order.
using units = std::span<std::pair<std::string_view, std::uint64_t> const>;

/// The units of durations, in milliseconds.
inline constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> duration_units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

/// A number and a unit, multiplied; nothing if the text is no such thing or the product is too large.
[[nodiscard]] SLUICE_EXPORT std::optional<std::uint64_t> parse_quantity(std::string_view text, units known) noexcept;

/// `250ms`, `30s`, `5m`, `1h`, `1d`, or `0`; nothing if the text is no such thing.
[[nodiscard]] SLUICE_EXPORT std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;
/// @endcond

} // namespace sluice
