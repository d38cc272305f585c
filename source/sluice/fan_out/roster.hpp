#pragma once

#include <sluice/fan_out/follower.hpp>
#include <sluice/fan_out/selector.hpp>
#include <sluice/fan_out/window.hpp>
#include <sluice/session/session.hpp>

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace sluice {

/// A shard's connections, sorted by what they do: resting ones wait for events, busy ones may lag. It wakes the
/// connections that new events concern, each once. Confined to the shard's thread.
///
/// Waking or ending a connection may destroy it, but no other.
class roster {
public:
    explicit roster(window const& w) : window_{w} {}

    /// Adds a connection, busy at first.
    void add(follower& f) noexcept;
    /// The connection waits for the next events.
    void rest(follower& f) noexcept;
    /// The connection has ended: nothing wakes it any more.
    void leave(follower& f) noexcept { f.state_hook_.unlink(); }
    /// Forgets the connection.
    void remove(follower& f) noexcept { f.all_hook_.unlink(); }
    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }

    /// @name What the next `wake` looks at
    /// @{
    /// The window's newest event is of the selector. Throws `std::bad_alloc`.
    void note(selector& s);
    /// An event was sent to the session. Throws `std::bad_alloc`.
    void note_sent(session& s) { sent_to_.emplace_back(&s); }
    /// It is not known whom the events concern.
    void note_all() noexcept { notes_all_ = true; }
    /// @}
    /// Wakes the connections that the noted events and the new broadcasts concern.
    void wake();
    /// Wakes a waiting connection, which may lag from now on.
    void rouse(follower& f);
    /// Every waiting connection has been sent what matches up to here.
    [[nodiscard]] std::uint64_t settled() const noexcept { return settled_; }
    /// Everything in the window was handed out.
    void settle() noexcept { settled_ = window_.head(); }

    /// Calls `end(follower&)` for each connection that waited for events which the window has dropped, which happens if
    /// memory is short.
    template <class F>
    void for_each_that_missed(F end)
    {
        if (!window_.covers(settled_)) {
            for_each([&](follower& f) {
                if (f.waits()) {
                    f.settle(settled_);
                    if (!window_.covers(f.session().at)) {
                        end(f);
                    }
                }
            });
        }
    }
    /// Calls `cut(follower&)` for each connection that is more than `most` broadcasts behind the head, or whose
    /// position has left the window.
    template <class F>
    void for_each_laggard(std::uint64_t most, F cut)
    {
        if (busy_from_ == none) {
            return;
        }
        // A connection that has passed this place is not too far behind.
        auto const near = window_.size() > most ? window_[window_.size() - 1 - most].sequence() : 0;
        if (window_.covers(busy_from_) && busy_from_ >= near) {
            return;
        }
        busy_from_ = none;
        for (auto it = busy_.begin(); it != busy_.end();) {
            auto& f = *it++;
            auto const at = f.session().at;
            // A connection that is still being replayed began behind, so it does not count as lagging.
            if (!window_.covers(at) || (at < near && f.replay_left() == 0)) {
                cut(f);
            } else {
                busy_from_ = std::min(busy_from_, at);
            }
        }
    }
    template <class F>
    void for_each(F f)
    {
        for (auto it = all_.begin(); it != all_.end();) {
            f(*it++);
        }
    }
    template <class F>
    void for_each_busy(F f) const
    {
        std::for_each(busy_.begin(), busy_.end(), f);
    }

private:
    template <follower::hook follower::* Hook>
    using list = boost::intrusive::list<follower, boost::intrusive::member_hook<follower, follower::hook, Hook>,
                                        boost::intrusive::constant_time_size<false>>;

    static constexpr auto none = std::numeric_limits<std::uint64_t>::max();

    void busy(follower& f) noexcept;
    void wake_all();
    void wake_resting();
    void wake_subscribers(selector& s);
    void wake_for_sent(follower& f);

    window const& window_;
    list<&follower::all_hook_> all_;
    /// They have no filter, so the next broadcast is for all of them.
    list<&follower::state_hook_> resting_;
    /// They do not wait, because their socket takes nothing or they are still working.
    list<&follower::state_hook_> busy_;
    /// No busy connection is at an earlier place.
    std::uint64_t busy_from_ = none;
    std::uint64_t settled_ = 0;
    std::vector<selector_ptr> touched_;
    std::vector<session_ptr> sent_to_;
    bool notes_all_ = false;
};

} // namespace sluice
