#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::url_pattern {

/// Whether the text is UTF-8 throughout, without surrogates and overlong forms.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// How many bytes the character has whose first byte this is, in text that is UTF-8.
[[nodiscard]] constexpr std::size_t utf8_length(char first) noexcept
{
    auto const byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// How many bytes of the text's begin are an ECMAScript identifier.
[[nodiscard]] std::size_t identifier_length(std::string_view text);

} // namespace sluice::url_pattern
