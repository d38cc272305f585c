#include <sluice/fan_out/shard.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <utility>

namespace sluice {
namespace {

/// Has the processor fetch the bytes from `before` bytes in front of the address on. They may be nobody's, for a wrong
/// address costs nothing but time; so they are numbers here and no pointers.
void prefetch(void const* around, std::size_t size, std::size_t before = 0) noexcept
{
    constexpr std::size_t line = 64;
    auto const begin = reinterpret_cast<std::uintptr_t>(around) - before;
    for (std::size_t i = 0; i < size; i += line) {
        __builtin_prefetch(reinterpret_cast<void const*>(begin + i)); // NOLINT(performance-no-int-to-ptr)
    }
}

} // namespace

void shard::wake_clients()
{
    if (std::exchange(wakes_all_, false)) {
        wake_all();
    }
    if (settled_.ordinal != window_.head().ordinal) {
        wake_idle();
    }
    for (auto const& t : std::exchange(touched_, {})) {
        t->touched = false;
        wake_subscribers(*t);
    }
    for (auto const& s : std::exchange(sent_to_, {})) {
        if (s->active()) {
            wake_for_targeted(*s->current_client());
        }
    }
}

void shard::wake_all()
{
    for (auto it = clients_.begin(); it != clients_.end();) {
        auto& c = *it++;
        if (c.channel_.waiting()) {
            c.settle(settled_);
            if (c.has_next()) {
                rouse(c);
            }
        }
    }
}

/// Where memory was short the log may have let go of events before those who wait for them had them.
void shard::cut_who_missed()
{
    if (window_.front() <= settled_.ordinal) {
        return;
    }
    for (auto it = clients_.begin(); it != clients_.end();) {
        auto& c = *it++;
        if (c.channel_.waiting()) {
            c.settle(settled_);
            if (c.session().at.ordinal < window_.front()) {
                c.end(end_reason::no_memory);
            }
        }
    }
}

/// Fetches what waking the next clients of a list will touch, while the one before them is written to: thousands of
/// sessions are in no cache, and the time of one send is that of many misses. Of the one after next only the client,
/// for that is what leads to its parts. The coroutine's frame lies around the stream's owner.
template <class Iterator, class F>
void shard::prefetch_next(Iterator next, Iterator const& end, F client_of) noexcept
{
    constexpr std::size_t half_a_frame = 320;
    if (next == end) {
        return;
    }
    client const& c = *client_of(*next);
    prefetch(c.session_.get(), sizeof(session));
    prefetch(c.owner_, 2 * half_a_frame, half_a_frame);
    if (++next != end) {
        prefetch(client_of(*next), sizeof(client));
    }
}

/// A broadcast is for all who wait without a filter.
void shard::wake_idle()
{
    client_list woken;
    woken.swap(idle_);
    while (!woken.empty()) {
        auto& c = woken.front();
        woken.pop_front();
        prefetch_next(woken.begin(), woken.end(), [](client const& next) { return &next; });
        c.settle(settled_);
        rouse(c);
    }
}

void shard::wake_subscribers(selector& t)
{
    auto& list = t.subscribers;
    for (auto it = list.begin(); it != list.end();) {
        // Waking may end the client, and so its subscription, but no other's.
        auto& c = (it++)->subscriber;
        prefetch_next(it, list.end(), [](subscription const& next) { return &next.subscriber; });
        if (c.channel_.waiting()) {
            c.settle(settled_);
            // Of this selector alone: what is new in others wakes for itself.
            if (t.first_from(c.session().at.ordinal) != selector::none) {
                rouse(c);
            }
        }
    }
}

void shard::wake_for_targeted(client& c)
{
    if (c.channel_.waiting()) {
        c.settle(settled_);
        if (c.session().has_targeted_after(c.session().at.sequence)) {
            rouse(c);
        }
    }
}

/// Resumes a waiting client, which from now on may lag.
void shard::rouse(client& c)
{
    c.unlink();
    may_lag(c);
    try {
        c.channel_.notify();
    } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch)
        // Who waited could not be resumed, and is gone; so is his connection with him, or will be.
    }
}

void shard::may_lag(client& c)
{
    c.state_hook_.unlink();
    busy_.push_back(c);
    busy_from_ = std::min(busy_from_, c.session().at.ordinal);
}

void shard::idle(client& c)
{
    heartbeats_.restart(c, now());
    c.state_hook_.unlink();
    if (!c.session().filtered()) {
        idle_.push_back(c);
    }
    arm_sweep();
    sample_lag();
}

void shard::blocked(client& c)
{
    write_timeouts_.restart(c, now());
    arm_sweep();
}

} // namespace sluice
