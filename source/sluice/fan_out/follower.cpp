#include <sluice/fan_out/follower.hpp>

#include <limits>

namespace sluice {

bool follower::has_next() const noexcept
{
    bool any = comes_to_end();
    if (!any && !is_at_head()) {
        session_->for_each_after(session_->at, std::numeric_limits<std::uint64_t>::max(), [&any](frame const&) {
            any = true;
            return false;
        });
    }
    return any;
}

void follower::subscribe()
{
    session_->interest().for_each_list(
        [this](selector& s) { s.subscribers.push_back(subscriptions_.emplace_front(*this)); });
}

} // namespace sluice
