#include <sluice/event/event.hpp>
#include <sluice/fan_out/shard.hpp>
#include <sluice/presence/opened_topics.hpp>

#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace sluice {

void shard::count_in(follower& f)
{
    if (shared_->config.presence == presence_mode::off || !f.session().names_topics()) {
        return;
    }
    auto const m = f.session().meta();
    bool const has_name = m.grant.tells_subject && is_utf8(m.grant.subject);
    f.stay = attendance_.enter(opened_topics(m, window_.audience().patterns()),
                               has_name ? std::string_view{m.grant.subject} : std::string_view{});
    tell_presence_soon();
}

presence_hold shard::hold_present(session const& s)
{
    if (!s.active() || s.connection()->stay.empty()) {
        return {};
    }
    presence_hold hold{[self = weak_from_this(), all = shared_] {
        // The executors outlive the broker, and may not outlive a claim that was never resumed.
        if (auto there = self.lock(); there && !all->stopping.load()) {
            auto const& where = there->executor();
            boost::asio::post(where, [there = std::move(there)] { there->end_holds(); });
        }
    }};
    held_.push_back({.token = hold.token(), .what = {}});
    held_.back().what = std::move(s.connection()->stay);
    return hold;
}

void shard::end_holds() noexcept
{
    std::erase_if(held_, [this](held_stay& h) {
        bool const is_over = h.token.expired();
        if (is_over) {
            attendance_.leave(std::move(h.what));
        }
        return is_over;
    });
    tell_presence_soon();
}

/// When the running handler is done, so that a stream which takes another one's place leaves nothing to tell.
void shard::tell_presence_soon() noexcept
{
    if (!attendance_.has_changes() || std::exchange(tells_soon_, true)) {
        return;
    }
    try {
        boost::asio::post(executor(), [self = shared_from_this()] {
            self->tells_soon_ = false;
            self->tell_presence();
        });
    } catch (std::bad_alloc const&) {
        // The next change, or the clean-up, does it.
        tells_soon_ = false;
        reports_.memory_short();
    }
}

void shard::tell_presence() noexcept
{
    if (shared_->stopping.load()) {
        // Nobody is there any more to hear of it.
        return;
    }
    try {
        attendance_.tell(shared_->shard_count, [this](std::size_t home, std::vector<presence_change> changes) {
            if (home == index_) {
                note_presence(changes);
            } else {
                call(home, [told = std::move(changes)](shard& there) { there.note_presence(told); });
            }
        });
    } catch (std::bad_alloc const&) {
        reports_.memory_short();
    }
}

void shard::note_presence(std::vector<presence_change> const& changes) noexcept
{
    presence_publisher_.note(changes);
    publish_presence();
}

void shard::publish_presence() noexcept
{
    if (presence_publisher_.publish()) {
        for (auto const& each : all_) {
            if (auto const there = each.lock()) {
                (void)there->wake();
            }
        }
    }
    presence_publisher_.arm([self = weak_from_this()] {
        if (auto const s = self.lock(); s && s->may_run()) {
            s->publish_presence();
        }
    });
}

} // namespace sluice
