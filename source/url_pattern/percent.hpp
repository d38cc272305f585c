#pragma once

#include <string>
#include <string_view>

namespace sluice::url_pattern {

/// WHATWG URL's percent-encode sets, of those bytes that a part of a URL cannot hold.
enum class encode_set { c0_control, fragment, query, special_query, path, userinfo };

/// The text with each byte of the set as `%XX`. A `%` stays what it is.
[[nodiscard]] std::string percent_encode(std::string_view text, encode_set set);

/// The bytes that the text stands for. A `%` without two hexadecimal digits stays what it is.
[[nodiscard]] std::string percent_decode(std::string_view text);

/// Whether the byte belongs to a character outside ASCII.
[[nodiscard]] constexpr bool is_non_ascii(char c) noexcept { return static_cast<unsigned char>(c) > 0x7F; }
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
[[nodiscard]] constexpr char to_lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
/// The digit's value, or -1.
[[nodiscard]] constexpr int hex_digit(char c) noexcept
{
    if (is_digit(c)) {
        return c - '0';
    }
    auto const lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
[[nodiscard]] std::string lower_case(std::string_view text);

/// The text without tabs and line ends, which parsers of URLs skip.
[[nodiscard]] std::string without_tabs_and_newlines(std::string_view text);

} // namespace sluice::url_pattern
