#pragma once

#include <sluice/export.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace sluice {

/// The moment that a time in RFC 3339, section 5.6, names, such as `2026-01-31T09:30:00.125Z` or
/// `2026-01-31T10:30:00+01:00`; nothing if it is none. Digits beyond the microsecond are left out;
/// a time that the clock does not reach, after the year 2262, is the last that it does. A space counts as
/// the offset's plus sign, because that is what a plus sign in a query string is read as.
[[nodiscard]] SLUICE_EXPORT std::optional<std::chrono::system_clock::time_point>
parse_time(std::string_view text) noexcept;

} // namespace sluice
