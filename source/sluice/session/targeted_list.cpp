#include <sluice/session/targeted_list.hpp>

#include <algorithm>

namespace sluice {

void targeted_list::push(shared_frame f)
{
    if (!held_) {
        held_ = std::make_unique<held>();
    }
    auto& frames = held_->frames;
    if (frames.full()) {
        frames.set_capacity(std::max<std::size_t>(4, 2 * frames.capacity()));
    }
    held_->bytes += f->footprint();
    frames.push_back(std::move(f));
}

void targeted_list::erase(std::size_t index)
{
    auto const place = held_->frames.begin() + static_cast<std::ptrdiff_t>(index);
    held_->bytes -= (*place)->footprint();
    note_erased((*place)->sequence());
    held_->frames.erase(place);
}

void targeted_list::clear() noexcept
{
    if (held_) {
        held_->frames.clear();
        held_->bytes = 0;
    }
}

std::size_t targeted_list::first_after(std::uint64_t sequence) const noexcept
{
    // Searched from the back, because the usual question is whether there is anything new.
    if (empty() || held_->frames.back()->sequence() <= sequence) {
        return size();
    }
    auto const& frames = held_->frames;
    auto const found =
        std::upper_bound(frames.begin(), frames.end(), sequence,
                         [](std::uint64_t wanted, shared_frame const& f) { return wanted < f->sequence(); });
    return static_cast<std::size_t>(found - frames.begin());
}

} // namespace sluice
