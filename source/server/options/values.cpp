#include "values.hpp"

#include <sluice/http/characters.hpp>
#include <sluice/http/quantity.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace sluice::server {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> sizes{
    {{"", 1}, {"KiB", 1U << 10U}, {"MiB", 1U << 20U}, {"GiB", 1U << 30U}}};

[[nodiscard]] std::string quantity_text(std::uint64_t value, units known)
{
    auto unit = known.end() - 1;
    while (unit != known.begin() && (value == 0 || value % unit->second != 0)) {
        --unit;
    }
    return fmt::format("{}{}", value / unit->second, unit->first);
}

} // namespace

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
    return duration.count() == 0 ? "0s" : quantity_text(static_cast<std::uint64_t>(duration.count()), duration_units);
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
