#include <url_pattern/host.hpp>

#include <url_pattern/percent.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace sluice::url_pattern {

namespace {

using ipv6_pieces = std::array<std::uint16_t, 8>;

constexpr std::string_view forbidden{"\0\t\n\r #/:<>?@[\\]^|", 17};

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        auto const at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

/// Decimal, octal with a leading 0, or hexadecimal with 0x. Values that are too large for an address are its largest
/// + 1.
std::optional<std::uint64_t> ipv4_number(std::string_view text)
{
    if (text.empty()) {
        return std::nullopt;
    }
    int base = 10;
    if (text.size() >= 2 && text[0] == '0' && to_lower(text[1]) == 'x') {
        text.remove_prefix(2);
        base = 16;
    } else if (text.size() >= 2 && text[0] == '0') {
        text.remove_prefix(1);
        base = 8;
    }
    static constexpr std::uint64_t too_large = std::uint64_t{1} << 32U;
    std::uint64_t value = 0;
    for (char const c : text) {
        auto const digit = hex_digit(c);
        if (digit < 0 || digit >= base) {
            return std::nullopt;
        }
        value = std::min(too_large, value * static_cast<unsigned>(base) + static_cast<unsigned>(digit));
    }
    return value;
}

bool ends_in_a_number(std::string_view domain)
{
    auto parts = split(domain, '.');
    if (parts.back().empty()) {
        if (parts.size() == 1) {
            return false;
        }
        parts.pop_back();
    }
    auto const last = parts.back();
    return (!last.empty() && std::ranges::all_of(last, is_digit)) || ipv4_number(last).has_value();
}

std::optional<std::string> ipv4(std::string_view domain)
{
    auto parts = split(domain, '.');
    if (parts.back().empty() && parts.size() > 1) {
        parts.pop_back();
    }
    if (parts.size() > 4) {
        return std::nullopt;
    }
    std::uint64_t address = 0;
    for (std::size_t i = 0; i != parts.size(); ++i) {
        auto const number = ipv4_number(parts[i]);
        bool const last = i + 1 == parts.size();
        // The last one fills what is left.
        auto const limit = last ? std::uint64_t{1} << (8 * (5 - parts.size())) : 256;
        if (!number || *number >= limit) {
            return std::nullopt;
        }
        address += last ? *number : *number << (8 * (3 - i));
    }
    std::string out;
    for (unsigned shift = 32; shift != 0;) {
        shift -= 8;
        out += std::to_string((address >> shift) & 0xFFU);
        if (shift != 0) {
            out += '.';
        }
    }
    return out;
}

/// The address's last 32 bits in dotted form.
std::optional<std::uint32_t> embedded_ipv4(std::string_view text)
{
    auto const parts = split(text, '.');
    if (parts.size() != 4) {
        return std::nullopt;
    }
    std::uint32_t address = 0;
    for (auto const part : parts) {
        bool const plain = !part.empty() && part.size() <= 3 && std::ranges::all_of(part, is_digit) &&
                           (part.size() == 1 || part[0] != '0');
        std::uint32_t value = 0;
        for (char const c : part) {
            value = value * 10 + static_cast<std::uint32_t>(c - '0');
        }
        if (!plain || value > 255) {
            return std::nullopt;
        }
        address = address << 8U | value;
    }
    return address;
}

/// The pieces of one side of `::`, or of the whole.
std::optional<std::vector<std::uint16_t>> ipv6_side(std::string_view text, bool may_end_in_ipv4)
{
    std::vector<std::uint16_t> pieces;
    if (text.empty()) {
        return pieces;
    }
    auto const parts = split(text, ':');
    if (parts.size() > 8) {
        return std::nullopt;
    }
    for (auto const part : parts) {
        if (may_end_in_ipv4 && part.data() == parts.back().data() && part.find('.') != std::string_view::npos) {
            auto const address = embedded_ipv4(part);
            if (!address) {
                return std::nullopt;
            }
            pieces.push_back(static_cast<std::uint16_t>(*address >> 16U));
            pieces.push_back(static_cast<std::uint16_t>(*address & 0xFFFFU));
            continue;
        }
        if (part.empty() || part.size() > 4 || !std::ranges::all_of(part, [](char c) { return hex_digit(c) >= 0; })) {
            return std::nullopt;
        }
        int value = 0;
        for (char const c : part) {
            value = value * 16 + hex_digit(c);
        }
        pieces.push_back(static_cast<std::uint16_t>(value));
    }
    return pieces;
}

std::optional<ipv6_pieces> ipv6(std::string_view text)
{
    ipv6_pieces pieces{};
    auto const gap = text.find("::");
    auto const head = ipv6_side(text.substr(0, gap), gap == std::string_view::npos);
    if (!head) {
        return std::nullopt;
    }
    if (gap == std::string_view::npos) {
        if (head->size() != pieces.size()) {
            return std::nullopt;
        }
        std::ranges::copy(*head, pieces.begin());
        return pieces;
    }
    auto const tail = ipv6_side(text.substr(gap + 2), true);
    if (!tail || head->size() + tail->size() >= pieces.size()) {
        return std::nullopt;
    }
    std::ranges::copy(*head, pieces.begin());
    std::ranges::copy(*tail, pieces.end() - static_cast<std::ptrdiff_t>(tail->size()));
    return pieces;
}

/// With the first longest run of zeros, if it has two pieces or more, as `::`.
std::string serialized(ipv6_pieces const& pieces)
{
    std::size_t run_begin = 0;
    std::size_t run = 1;
    for (std::size_t i = 0; i != pieces.size();) {
        std::size_t end = i;
        while (end != pieces.size() && pieces[end] == 0) {
            ++end;
        }
        if (end - i > run) {
            run_begin = i;
            run = end - i;
        }
        i = end == i ? i + 1 : end;
    }
    std::string out = "[";
    for (std::size_t i = 0; i != pieces.size(); ++i) {
        if (run > 1 && i == run_begin) {
            out += i == 0 ? "::" : ":";
            i += run - 1;
            continue;
        }
        std::array<char, 5> digits{};
        (void)std::snprintf(digits.data(), digits.size(), "%x", static_cast<unsigned>(pieces[i]));
        out += digits.data();
        if (i + 1 != pieces.size()) {
            out += ':';
        }
    }
    return out + ']';
}

} // namespace

std::optional<std::string> parse_host(std::string_view text, bool special)
{
    if (text.starts_with('[')) {
        if (!text.ends_with(']')) {
            return std::nullopt;
        }
        auto const pieces = ipv6(text.substr(1, text.size() - 2));
        return pieces ? std::optional{serialized(*pieces)} : std::nullopt;
    }
    if (!special) {
        if (text.find_first_of(forbidden) != std::string_view::npos) {
            return std::nullopt;
        }
        return percent_encode(text, encode_set::c0_control);
    }
    auto domain = lower_case(percent_decode(text));
    auto const is_forbidden = [](char c) {
        return c <= 0x1F || c == 0x7F || is_non_ascii(c) || c == '%' || forbidden.find(c) != std::string_view::npos;
    };
    if (domain.empty() || std::ranges::any_of(domain, is_forbidden)) {
        return std::nullopt;
    }
    if (ends_in_a_number(domain)) {
        return ipv4(domain);
    }
    return domain;
}

} // namespace sluice::url_pattern
