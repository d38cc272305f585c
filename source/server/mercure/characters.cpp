#include "characters.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sluice::server::mercure {
namespace {

struct code_range {
    char32_t first;
    char32_t last;
};

/// The control characters, and the category Cf of Unicode 16, in order.
constexpr std::array<code_range, 23> forbidden{
    {{0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x0600, 0x0605},   {0x061C, 0x061C},
     {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},   {0x08E2, 0x08E2},   {0x180E, 0x180E},
     {0x200B, 0x200F},   {0x202A, 0x202E},   {0x2060, 0x2064},   {0x2066, 0x206F},   {0xFEFF, 0xFEFF},
     {0xFFF9, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3},
     {0x1D173, 0x1D17A}, {0xE0001, 0xE0001}, {0xE0020, 0xE007F}}};

/// Takes the first character from the text, which is not empty. Of text that is not UTF-8 it takes a byte at a time.
[[nodiscard]] char32_t take_character(std::string_view& text) noexcept
{
    auto const lead = static_cast<unsigned char>(text.front());
    std::size_t const size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t code = size == 1 ? lead : lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < std::min(size, text.size()); ++i) {
        code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    text.remove_prefix(std::min(size, text.size()));
    return code;
}

} // namespace

bool has_forbidden_characters(std::string_view text) noexcept
{
    while (!text.empty()) {
        auto const code = take_character(text);
        auto const* const range = std::ranges::lower_bound(forbidden, code, {}, &code_range::last);
        if (range != forbidden.end() && code >= range->first) {
            return true;
        }
    }
    return false;
}

} // namespace sluice::server::mercure
