#include <sluice/fan_out/own_ids.hpp>

namespace sluice {

std::optional<std::uint64_t> own_id_index::find(std::string_view id) const
{
    auto const found = places_.lower_bound({.id = id, .sequence = 0});
    return found == places_.end() || found->id != id ? std::nullopt : std::optional{found->sequence};
}

std::optional<std::uint64_t> own_id_index::find_latest(std::string_view id, std::uint64_t through,
                                                       std::function<bool(std::uint64_t)> const& accepts) const
{
    constexpr int most_tried = 1000;
    auto next = places_.upper_bound({.id = id, .sequence = through});
    for (int tried = 0; tried != most_tried && next != places_.begin(); ++tried) {
        --next;
        if (next->id != id) {
            break;
        }
        if (accepts(next->sequence)) {
            return next->sequence;
        }
    }
    return std::nullopt;
}

} // namespace sluice
