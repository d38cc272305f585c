#include <sluice/fan_out/closed_topics.hpp>

#include <sluice/undo.hpp>

#include <algorithm>
#include <mutex>

namespace sluice {
namespace {

/// Whether `is(std::string_view)` holds for one of the frame's topics.
template <class F>
[[nodiscard]] bool any_topic(frame const& f, F is)
{
    bool any = false;
    f.for_each_topic([&](std::string_view topic) { any = any || is(topic); });
    return any;
}

} // namespace

bool closed_topics::contains(std::string_view topic) const
{
    std::shared_lock const others_may_look{mutex_};
    return closed_.contains(topic);
}

void closed_topics::forget(std::string_view topic, frame const& by) noexcept
{
    std::unique_lock const alone{mutex_};
    if (auto const found = closed_.find(topic); found != closed_.end() && found->second.get() == &by) {
        closed_.erase(found);
    }
}

publishing_pass::publishing_pass(closed_topics& topics, frames all, bool in_parts)
    : topics_{topics},
      all_{all},
      in_parts_{in_parts},
      has_topics_{std::ranges::any_of(all, [](auto const& f) { return f->topic_count() != 0; })},
      changes_{has_topics_ &&
               (in_parts || std::ranges::any_of(all, [](auto const& f) { return f->is_mark() || f->closes_topics(); }))}
{
    if (in_parts_ && has_topics_) {
        for (auto const& f : all_) {
            f->for_each_topic([this](std::string_view topic) { held_topics_.push_back(topic); });
        }
        std::ranges::sort(held_topics_);
        auto const same = std::ranges::unique(held_topics_);
        held_topics_.erase(same.begin(), same.end());
    }
}

publishing_pass::~publishing_pass()
{
    if (has_entered_) {
        std::unique_lock const alone{topics_.mutex_};
        std::erase(topics_.under_way_, this);
        if (!has_pushed_) {
            take_back();
        }
    }
}

bool publishing_pass::may_publish() const
{
    auto const is_closed = [this](std::string_view topic) { return topics_.closed_.contains(topic); };
    return topics_.closed_.empty() ||
           std::ranges::none_of(all_, [&](auto const& f) { return any_topic(*f, is_closed); });
}

bool publishing_pass::holds(std::string_view topic) const { return std::ranges::binary_search(held_topics_, topic); }

/// Notes what the frames close, unless something is in the way.
push_outcome publishing_pass::enter()
{
    undo noted{[this] { take_back(); }};
    for (auto const& f : all_) {
        if (auto const how = enter(*f); how != push_outcome::pushed) {
            return how;
        }
    }
    if (in_parts_) {
        topics_.under_way_.push_back(this);
        has_entered_ = true;
    }
    noted.keep();
    return push_outcome::pushed;
}

push_outcome publishing_pass::enter(frame const& f)
{
    auto const is_closed = [this](std::string_view topic) { return topics_.closed_.contains(topic); };
    auto const is_under_way = [this](std::string_view topic) {
        return std::ranges::any_of(topics_.under_way_, [&](auto const* other) { return other->holds(topic); });
    };
    bool const forgets = f.kind() == frame_kind::topic_forgotten;
    if (!forgets && any_topic(f, is_closed)) {
        return push_outcome::closed;
    }
    if ((forgets || f.closes_topics()) && any_topic(f, is_under_way)) {
        return push_outcome::busy;
    }
    if (f.closes_topics()) {
        f.for_each_topic([&](std::string_view topic) { topics_.closed_.try_emplace(topic, &f); });
    }
    return push_outcome::pushed;
}

/// The frames of one step were pushed, or not.
push_outcome publishing_pass::leave(push_outcome how) noexcept
{
    if (how != push_outcome::pushed) {
        take_back();
        return how;
    }
    for (auto const& f : all_) {
        if (f->kind() == frame_kind::topic_forgotten) {
            f->for_each_topic([this](std::string_view topic) { topics_.closed_.erase(topic); });
        }
    }
    return how;
}

push_outcome publishing_pass::note(push_outcome how) noexcept
{
    has_pushed_ = has_pushed_ || how == push_outcome::pushed;
    return how;
}

/// What the frames have closed is not closed.
void publishing_pass::take_back() noexcept
{
    for (auto const& f : all_) {
        f->for_each_topic([&](std::string_view topic) {
            if (auto const found = topics_.closed_.find(topic); found != topics_.closed_.end() && found->second == f) {
                topics_.closed_.erase(found);
            }
        });
    }
}

} // namespace sluice
