#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sluice {

/// Reads an HTTP date in any of its three forms (RFC 9110, section 5.6.7); returns nothing if it is none of them.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

/// Reads `Retry-After` (RFC 9110, section 10.2.3), which is a number of seconds or a date, and returns the time from
/// `now`, between 0 and 2^31 - 1 ms. Returns nothing if it is neither.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text,
                                                                         std::chrono::system_clock::time_point now);

} // namespace sluice
