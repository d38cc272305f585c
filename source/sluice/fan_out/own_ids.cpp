#include <sluice/fan_out/own_ids.hpp>

#include <algorithm>

namespace sluice {

void own_id_index::note(frame const& f)
{
    std::unique_ptr<char[]> copy;
    auto id = f.id();
    if (!f.is_broadcast()) {
        copy = std::make_unique_for_overwrite<char[]>(id.size());
        std::ranges::copy(id, copy.get());
        id = {copy.get(), id.size()};
    }
    auto& n = in_order_.emplace_back();
    n.id = id;
    n.sequence = f.sequence();
    n.copy = std::move(copy);
    by_id_.insert(n);
    copied_bytes_ += copied_bytes(n);
}

void own_id_index::unlink(noted const& n) noexcept
{
    copied_bytes_ -= copied_bytes(n);
    by_id_.erase(by_id_.iterator_to(n));
}

std::size_t own_id_index::most_bytes(frame const& f) noexcept { return bytes_each + f.id().size() + block_overhead; }

std::optional<std::uint64_t> own_id_index::find(std::string_view id) const
{
    auto const found = by_id_.lower_bound(key{id, 0});
    return found == by_id_.end() || found->id != id ? std::nullopt : std::optional{found->sequence};
}

std::optional<std::uint64_t> own_id_index::find_latest(std::string_view id, std::uint64_t through,
                                                       std::function<bool(std::uint64_t)> const& accepts) const
{
    constexpr int most_tried = 1000;
    auto next = by_id_.upper_bound(key{id, through});
    for (int tried = 0; tried != most_tried && next != by_id_.begin(); ++tried) {
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
