#pragma once

#include <sluice/config.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

/// Reads `250ms`, `30s`, `5m`, `1h`, or `0`; nothing for anything else.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Reads `64KiB`, `1MiB`, `1GiB` or plain bytes; nothing for anything else.
[[nodiscard]] std::optional<std::size_t> parse_size(std::string_view text);

/// Reads a list of `user-agent`, `address`, `token`, or `none` alone; nothing for anything else.
[[nodiscard]] std::optional<ownership_rule> parse_ownership(std::string_view text);

} // namespace sluice::server
