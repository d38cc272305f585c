#include <url_pattern/percent.hpp>

#include <algorithm>

namespace sluice::url_pattern {

namespace {

/// What the set has beside control characters and everything outside ASCII.
std::string_view members(encode_set set) noexcept
{
    switch (set) {
    case encode_set::c0_control:
        return "";
    case encode_set::fragment:
        return " \"<>`";
    case encode_set::query:
        return " \"#<>";
    case encode_set::special_query:
        return " \"#<>'";
    case encode_set::path:
        return " \"#<>?^`{}";
    case encode_set::userinfo:
        return " \"#<>?^`{}/:;=@[\\]|";
    }
    return "";
}

} // namespace

std::string percent_encode(std::string_view text, encode_set set)
{
    static constexpr std::string_view digits = "0123456789ABCDEF";
    auto const encoded = members(set);
    std::string out;
    out.reserve(text.size());
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte <= 0x1F || byte > 0x7E || encoded.find(c) != std::string_view::npos) {
            out += {'%', digits[byte >> 4U], digits[byte & 0xFU]};
        } else {
            out += c;
        }
    }
    return out;
}

std::string percent_decode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string lower_case(std::string_view text)
{
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), to_lower);
    return lower;
}

std::string without_tabs_and_newlines(std::string_view text)
{
    std::string kept{text};
    std::erase_if(kept, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
    return kept;
}

} // namespace sluice::url_pattern
