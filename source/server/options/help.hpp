#pragma once

#include <string>
#include <string_view>

namespace sluice::server {

/// The text for `--help`: every option under the heading of its group, with its default.
[[nodiscard]] std::string help_text();

/// The lines about one option: its flag without hyphens, the placeholder of its value, if any, and what it does.
[[nodiscard]] std::string help_entry(std::string_view flag, std::string_view placeholder, std::string_view text,
                                     char letter = 0);

} // namespace sluice::server
