#include <sluice/fan_out/follower.hpp>

#include <limits>
#include <memory>

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
    auto const& wanted = session_->interest();
    if (wanted.list_count() == 0) {
        return;
    }
    subscriptions_ = std::make_unique<subscription[]>(wanted.list_count());
    wanted.for_each_list([this, next = subscriptions_.get()](selector& s) mutable {
        next->subscriber = this;
        s.subscribers.push_back(*next++);
    });
}

} // namespace sluice
