#include <sluice/client/utf8_repair.hpp>

#include <cstddef>

namespace sluice {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// How many bytes follow a lead byte, and the range of the first of them (The Unicode Standard, table 3-7).
struct sequence {
    std::size_t trail;
    unsigned char lower = 0x80;
    unsigned char upper = 0xBF;
};

[[nodiscard]] sequence sequence_after(unsigned char lead) noexcept
{
    switch (lead) {
    case 0xE0:
        return {.trail = 2, .lower = 0xA0};
    case 0xED:
        return {.trail = 2, .upper = 0x9F};
    case 0xF0:
        return {.trail = 3, .lower = 0x90};
    case 0xF4:
        return {.trail = 3, .upper = 0x8F};
    default:
        break;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return {.trail = 1};
    }
    if (lead >= 0xE1 && lead <= 0xEF) {
        return {.trail = 2};
    }
    return {.trail = lead >= 0xF1 && lead <= 0xF3 ? std::size_t{3} : 0};
}

/// The character, or the maximal invalid part, at the front of the text.
struct piece {
    std::size_t size;
    bool valid;
};

[[nodiscard]] piece front_of(std::string_view text) noexcept
{
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) < 0x80) {
        return {.size = 1, .valid = true};
    }
    auto next = sequence_after(byte(0));
    if (next.trail == 0) {
        return {.size = 1, .valid = false};
    }
    for (std::size_t i = 1; i <= next.trail; ++i) {
        if (i == text.size() || byte(i) < next.lower || byte(i) > next.upper) {
            return {.size = i, .valid = false};
        }
        next.lower = 0x80;
        next.upper = 0xBF;
    }
    return {.size = next.trail + 1, .valid = true};
}

} // namespace

void append_repaired_utf8(std::string& to, std::string_view text)
{
    while (!text.empty()) {
        auto const [size, valid] = front_of(text);
        to += valid ? text.substr(0, size) : replacement;
        text.remove_prefix(size);
    }
}

} // namespace sluice
