#pragma once

#include <sluice/config.hpp>
#include <sluice/http/quantity.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

/// @name Reading
/// Each function returns nothing if the text is not such a value.
/// @{

using sluice::parse_duration;
/// `64KiB`, `1MiB`, `1GiB` or plain bytes.
[[nodiscard]] std::optional<std::size_t> parse_size(std::string_view text);
/// Decimal digits.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);
/// `true`, `false`, `1` or `0`.
[[nodiscard]] std::optional<bool> parse_switch(std::string_view text);
/// A list of `user-agent`, `address`, `token`, or `none` alone.
[[nodiscard]] std::optional<ownership_rule> parse_ownership(std::string_view text);
/// @}

/// @name Writing
/// Reading the text gives the same value.
/// @{

/// In the largest unit of which it is a whole number.
[[nodiscard]] std::string to_text(std::chrono::milliseconds duration);
/// In the largest unit of which it is a whole number.
[[nodiscard]] std::string size_text(std::size_t bytes);
[[nodiscard]] std::string to_text(ownership_rule const& rule);
/// @}

/// Whether the text can be a bearer token in a request: a `b64token` (RFC 6750, section 2.1).
[[nodiscard]] bool is_bearer_token(std::string_view text) noexcept;

} // namespace sluice::server
