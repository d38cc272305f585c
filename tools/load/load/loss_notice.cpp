#include "loss_notice.hpp"

#include <charconv>

namespace sluice::load {

std::optional<std::uint64_t> dropped_by(std::string_view data)
{
    constexpr std::string_view name = "\"dropped\"";
    const auto found = data.find(name);
    if (found == std::string_view::npos) {
        return std::nullopt;
    }
    data.remove_prefix(found + name.size());
    const auto number_at = data.find_first_not_of(": \t");
    if (number_at == std::string_view::npos) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const auto [rest, error] = std::from_chars(data.data() + number_at, data.data() + data.size(), number);
    return error == std::errc() ? std::optional(number) : std::nullopt;
}

} // namespace sluice::load
