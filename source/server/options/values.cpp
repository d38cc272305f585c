#include "option_values.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

namespace sluice::server {
namespace {

template <std::size_t N>
using units = std::array<std::pair<std::string_view, std::uint64_t>, N>;

constexpr units<4> durations{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr units<4> sizes{{{"", 1}, {"KiB", 1U << 10U}, {"MiB", 1U << 20U}, {"GiB", 1U << 30U}}};

/// A number and a unit, multiplied.
template <std::size_t N>
[[nodiscard]] std::optional<std::uint64_t> parse_quantity(std::string_view text, units<N> const& known)
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

} // namespace sluice::server
