#include <url_pattern/utf8.hpp>

#include <re2/re2.h>

namespace sluice::url_pattern {

bool is_utf8(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size();) {
        auto const byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
        auto const first = byte(i);
        if (first < 0x80) {
            ++i;
            continue;
        }
        auto const size = utf8_length(text[i]);
        if (first < 0xC2 || first > 0xF4 || size > text.size() - i) {
            return false;
        }
        auto const second = byte(i + 1);
        bool const overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
        bool const beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
        if (overlong || beyond) {
            return false;
        }
        for (std::size_t k = 1; k != size; ++k) {
            if ((byte(i + k) & 0xC0U) != 0x80) {
                return false;
            }
        }
        i += size;
    }
    return true;
}

std::size_t identifier_length(std::string_view text)
{
    // ID_Start and ID_Continue in terms of what RE2 knows: general categories, and the few characters that Unicode
    // lists as Other_ID_Start and Other_ID_Continue. U+2E2F is a letter by category alone.
    static re2::RE2 const identifier{
        R"(([\p{L}\p{Nl}$_\x{2118}\x{212E}\x{309B}\x{309C}])"
        R"([\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$\x{B7}\x{387}\x{1369}-\x{1371}\x{19DA}\x{200C}\x{200D}\x{2118}\x{212E})"
        R"(\x{309B}\x{309C}]*))"};
    re2::StringPiece found;
    if (!identifier.Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_START, &found, 1)) {
        return 0;
    }
    auto const size = std::string_view{found.data(), found.size()}.find("\xE2\xB8\xAF");
    return size == std::string_view::npos ? found.size() : size;
}

} // namespace sluice::url_pattern
