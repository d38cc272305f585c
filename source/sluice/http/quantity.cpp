#include <sluice/http/quantity.hpp>

#include <charconv>
#include <limits>
#include <system_error>

namespace sluice {

std::optional<std::uint64_t> parse_quantity(std::string_view text, units known) noexcept
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

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept
{
    if (text == "0") {
        return std::chrono::milliseconds{0};
    }
    auto const value = parse_quantity(text, duration_units);
    return value ? std::optional{std::chrono::milliseconds{static_cast<std::int64_t>(*value)}} : std::nullopt;
}

} // namespace sluice
