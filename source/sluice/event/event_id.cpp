#include <sluice/event/event_id.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice {
namespace {

[[nodiscard]] bool all_digits(std::string_view text) noexcept
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view digits) noexcept
{
    std::uint64_t value = 0;
    auto const result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (result.ec != std::errc{}) {
        return std::nullopt;
    }
    return value;
}

} // namespace

bool has_event_id_form(std::string_view text) noexcept
{
    auto const hyphen = text.find('-');
    return hyphen != std::string_view::npos && all_digits(text.substr(0, hyphen)) &&
           all_digits(text.substr(hyphen + 1));
}

std::optional<event_id> parse_event_id(std::string_view text) noexcept
{
    if (!has_event_id_form(text)) {
        return std::nullopt;
    }
    auto const hyphen = text.find('-');
    auto const hi = parse_number(text.substr(0, hyphen));
    auto const lo = parse_number(text.substr(hyphen + 1));
    if (!hi || !lo) {
        return std::nullopt;
    }
    return event_id{.hi = *hi, .lo = *lo};
}

char* write_event_id(char* out, event_id id) noexcept
{
    out = std::to_chars(out, out + 20, id.hi).ptr;
    *out++ = '-';
    return std::to_chars(out, out + 20, id.lo).ptr;
}

std::string to_string(event_id id)
{
    std::array<char, max_event_id_size> text{};
    return {text.data(), write_event_id(text.data(), id)};
}

} // namespace sluice
