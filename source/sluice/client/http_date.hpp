#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sluice {

/// Reads a date of HTTP in any of its three forms (RFC 9110, section 5.6.7); nothing when it is none.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which counts from `now`. Not negative, and at
/// most 2^31 - 1 ms; nothing when it is neither.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text,
                                                                         std::chrono::system_clock::time_point now);

} // namespace sluice
