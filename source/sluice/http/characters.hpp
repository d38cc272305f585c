#pragma once

#include <algorithm>
#include <string_view>

namespace sluice {

// ASCII only, whatever the locale is.

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

[[nodiscard]] constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

[[nodiscard]] constexpr bool is_letter(char c) noexcept { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

[[nodiscard]] constexpr bool is_one_of(char c, std::string_view set) noexcept
{
    return set.find(c) != std::string_view::npos;
}

/// Whether the text is a token, such as the name of a field or of a cookie (RFC 9110, section 5.6.2).
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept
{
    auto const in_token = [](char c) { return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-.^_`|~"); };
    return !text.empty() && std::ranges::all_of(text, in_token);
}

/// Whether a field's value cannot have the character: C0 but the tab, and DEL (RFC 9110, section 5.5).
[[nodiscard]] constexpr bool is_refused_in_value(char c) noexcept
{
    return (static_cast<unsigned char>(c) < 0x20U && c != '\t') || c == '\x7f';
}

} // namespace sluice
