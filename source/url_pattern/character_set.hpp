#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::url_pattern {

/// The characters of ASCII that something matches.
using character_set = std::bitset<128>;

[[nodiscard]] character_set set_of(char c);
[[nodiscard]] character_set set_of_range(char32_t first, char32_t last);

/// `d`, `D`, `s`, `S`, `w` or `W`; nothing for another letter.
[[nodiscard]] std::optional<character_set> class_escape(char letter);

/// The characters with a property as `\p{…}` names it; nothing if it is none that is known.
[[nodiscard]] std::optional<character_set> property(std::string_view name);

/// An RE2 expression that matches one of those of the set that a canonical URL can have, or nothing.
[[nodiscard]] std::string expression_of(character_set const& set);

} // namespace sluice::url_pattern
