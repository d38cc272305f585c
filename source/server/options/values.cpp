#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

namespace sluice::server {
namespace {

/// In ascending order.
using units = std::span<std::pair<std::string_view, std::uint64_t> const>;

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> durations{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> sizes{
    {{"", 1}, {"KiB", 1U << 10U}, {"MiB", 1U << 20U}, {"GiB", 1U << 30U}}};

/// A number and a unit, multiplied.
[[nodiscard]] std::optional<std::uint64_t> parse_quantity(std::string_view text, units known)
{
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{}) {
        return std::nullopt;
    }
    std::string_view const unit{end, text.data() + text.size()};
    for (auto const& [name, factor] : known) {
        if (unit == name && number <= std::numeric_limits<std::int64_t>::max() / factor / 1'000'000) {
            return number * factor;
        }
    }
    return std::nullopt;
}

[[nodiscard]] std::string quantity_text(std::uint64_t value, units known)
{
    auto unit = known.end() - 1;
    while (unit != known.begin() && (value == 0 || value % unit->second != 0)) {
        --unit;
    }
    return fmt::format("{}{}", value / unit->second, unit->first);
}

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

[[nodiscard]] constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

[[nodiscard]] constexpr bool is_letter(char c) noexcept { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

[[nodiscard]] constexpr bool is_one_of(char c, std::string_view all) noexcept
{
    return all.find(c) != std::string_view::npos;
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
    if (text == "0") {
        return std::chrono::milliseconds{0};
    }
    auto const value = parse_quantity(text, durations);
    return value ? std::optional{std::chrono::milliseconds{static_cast<std::int64_t>(*value)}} : std::nullopt;
}

std::optional<std::size_t> parse_size(std::string_view text) { return parse_quantity(text, sizes); }

std::optional<std::uint64_t> parse_number(std::string_view text)
{
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    bool const whole = ec == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional{number} : std::nullopt;
}

std::optional<bool> parse_switch(std::string_view text)
{
    bool const on = text == "true" || text == "1";
    return on || text == "false" || text == "0" ? std::optional{on} : std::nullopt;
}

std::optional<ownership_rule> parse_ownership(std::string_view text)
{
    ownership_rule rule{.user_agent = false, .address = false, .token = false};
    if (text == "none") {
        return rule;
    }
    for (;;) {
        auto const comma = text.find(',');
        auto const name = text.substr(0, comma);
        if (name == "user-agent") {
            rule.user_agent = true;
        } else if (name == "address") {
            rule.address = true;
        } else if (name == "token") {
            rule.token = true;
        } else {
            return std::nullopt;
        }
        if (comma == std::string_view::npos) {
            return rule;
        }
        text.remove_prefix(comma + 1);
    }
}

std::string to_text(std::chrono::milliseconds duration)
{
    return duration.count() == 0 ? "0s" : quantity_text(static_cast<std::uint64_t>(duration.count()), durations);
}

std::string size_text(std::size_t bytes) { return quantity_text(bytes, sizes); }

std::string to_text(ownership_rule const& rule)
{
    std::string list;
    auto const add = [&list](bool holds, std::string_view name) {
        if (holds) {
            list.append(list.empty() ? "" : ",").append(name);
        }
    };
    add(rule.user_agent, "user-agent");
    add(rule.address, "address");
    add(rule.token, "token");
    return list.empty() ? "none" : list;
}

bool is_bearer_token(std::string_view text) noexcept
{
    auto const* const padding =
        std::ranges::find_if_not(text, [](char c) { return is_letter(c) || is_digit(c) || is_one_of(c, "-._~+/"); });
    return padding != text.begin() && std::all_of(padding, text.end(), [](char c) { return c == '='; });
}

} // namespace sluice::server
