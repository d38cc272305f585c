#include <sluice/session/targeted_list.hpp>

namespace sluice {

void targeted_list::push(frame const& newest)
{
    if (!held_) {
        held_ = std::make_unique<held>();
    }
    held_->events.append(newest);
}

void targeted_list::drop_front() noexcept { held_->events.drop_front(); }

void targeted_list::clear() noexcept
{
    if (held_) {
        held_->events.clear();
    }
}

} // namespace sluice
