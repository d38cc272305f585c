#include <sluice/session/targeted_list.hpp>

#include <algorithm>

namespace sluice {

void targeted_list::push(shared_frame f)
{
    if (frames_.full()) {
        frames_.set_capacity(std::max<std::size_t>(4, 2 * frames_.capacity()));
    }
    bytes_ += f->footprint();
    frames_.push_back(std::move(f));
}

void targeted_list::erase(std::size_t index)
{
    auto const place = frames_.begin() + static_cast<std::ptrdiff_t>(index);
    bytes_ -= (*place)->footprint();
    erased_through_ = std::max(erased_through_, (*place)->sequence());
    frames_.erase(place);
}

void targeted_list::clear() noexcept
{
    frames_.clear();
    bytes_ = 0;
}

std::size_t targeted_list::first_after(std::uint64_t sequence) const noexcept
{
    // The usual question is whether there is anything new: answered from the back.
    if (frames_.empty() || frames_.back()->sequence() <= sequence) {
        return frames_.size();
    }
    auto const found =
        std::upper_bound(frames_.begin(), frames_.end(), sequence,
                         [](std::uint64_t wanted, shared_frame const& f) { return wanted < f->sequence(); });
    return static_cast<std::size_t>(found - frames_.begin());
}

} // namespace sluice
