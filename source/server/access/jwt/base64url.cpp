#include "base64url.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice::server::jwt {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 64;

constexpr auto digits = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i != alphabet.size(); ++i) {
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

} // namespace

std::optional<std::string> decode_base64url(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (char const c : text) {
        auto const digit = digits[static_cast<unsigned char>(c)];
        if (digit == no_digit) {
            return std::nullopt;
        }
        bits = (bits << 6U) | digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>((bits >> count) & 0xffU);
        }
    }
    // What is left over: less than a digit's worth of bits, all of them zero.
    bool const canonical = count < 6 && (bits & ((1U << count) - 1)) == 0;
    return canonical ? std::optional{std::move(bytes)} : std::nullopt;
}

std::string encode_base64url(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (char const c : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        for (count += 8; count >= 6;) {
            count -= 6;
            text += alphabet[(bits >> count) & 0x3fU];
        }
    }
    if (count != 0) {
        text += alphabet[(bits << (6 - count)) & 0x3fU];
    }
    return text;
}

} // namespace sluice::server::jwt
