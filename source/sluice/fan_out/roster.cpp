#include <sluice/fan_out/roster.hpp>

#include <cstddef>
#include <cstdint>
#include <new>

namespace sluice {
namespace {

/// Makes the processor fetch bytes, starting `before` bytes before the address. The bytes may belong to nothing,
/// because a wrong address only costs time; therefore these are numbers and not pointers.
void prefetch(void const* around, std::size_t size, std::size_t before = 0) noexcept
{
    constexpr std::size_t line = 64;
    auto const begin = reinterpret_cast<std::uintptr_t>(around) - before;
    for (std::size_t i = 0; i < size; i += line) {
        __builtin_prefetch(reinterpret_cast<void const*>(begin + i)); // NOLINT(performance-no-int-to-ptr)
    }
}

/// Fetches what waking the next followers of a list will touch, while the current one is written to. Thousands of
/// sessions fit into no cache, and one send takes as long as many cache misses. Of the follower after the next only the
/// object itself is fetched, because it leads to its parts.
template <class Iterator, class F>
void prefetch_next(Iterator next, Iterator const& end, F follower_of) noexcept
{
    // Half the size of a coroutine's frame, which contains the memory near the connection.
    constexpr std::size_t half_a_frame = 320;
    // What derives from a follower is about as large again.
    constexpr std::size_t whole_connection = 2 * sizeof(follower);
    if (next == end) {
        return;
    }
    follower const& f = *follower_of(*next);
    prefetch(f.shared_session().get(), sizeof(session));
    prefetch(f.near(), 2 * half_a_frame, half_a_frame);
    if (++next != end) {
        prefetch(follower_of(*next), whole_connection);
    }
}

} // namespace

void roster::add(follower& f) noexcept
{
    all_.push_back(f);
    busy(f);
}

void roster::busy(follower& f) noexcept
{
    f.state_hook_.unlink();
    busy_.push_back(f);
    busy_from_ = std::min(busy_from_, f.session().at);
}

void roster::rest(follower& f) noexcept
{
    f.state_hook_.unlink();
    if (f.session().interest().is_everything()) {
        resting_.push_back(f);
    }
}

void roster::note(selector& s)
{
    if (!s.touched && !s.subscribers.empty()) {
        touched_.emplace_back(&s);
        s.touched = true;
    }
}

void roster::wake()
{
    if (std::exchange(notes_all_, false)) {
        wake_all();
    }
    if (window_.newest_broadcast() > settled_) {
        wake_resting();
    }
    for (auto const& s : std::exchange(touched_, {})) {
        s->touched = false;
        wake_subscribers(*s);
    }
    for (auto const& s : std::exchange(sent_to_, {})) {
        if (s->active()) {
            wake_for_sent(*s->connection());
        }
    }
}

void roster::wake_all()
{
    for_each([this](follower& f) {
        if (f.waits()) {
            f.settle(settled_);
            if (f.has_next()) {
                rouse(f);
            }
        }
    });
}

/// A broadcast is for all connections that want everything, unless it is private.
void roster::wake_resting()
{
    bool const is_for_all = window_.newest().private_one <= settled_;
    list<&follower::state_hook_> woken;
    woken.swap(resting_);
    while (!woken.empty()) {
        auto& f = woken.front();
        woken.pop_front();
        prefetch_next(woken.begin(), woken.end(), [](follower const& next) { return &next; });
        f.settle(settled_);
        if (is_for_all || f.has_next()) {
            rouse(f);
        } else {
            resting_.push_back(f);
        }
    }
}

void roster::wake_subscribers(selector& s)
{
    auto& all = s.subscribers;
    for (auto it = all.begin(); it != all.end();) {
        // Waking may end the connection, and so its subscription, but no other's.
        auto& f = *(it++)->subscriber;
        prefetch_next(it, all.end(), [](subscription const& next) { return next.subscriber; });
        if (f.waits()) {
            f.settle(settled_);
            // Only this selector matters here: new events of others wake the connection themselves.
            auto const at = f.session().at;
            if (f.comes_to_end() ||
                (s.broadcasts().has_after(at) && (!f.session().interest().may_refuse_after(at) || f.has_next()))) {
                rouse(f);
            }
        }
    }
}

void roster::wake_for_sent(follower& f)
{
    if (f.waits()) {
        f.settle(settled_);
        if (f.session().has_targeted_after(f.session().at)) {
            rouse(f);
        }
    }
}

void roster::rouse(follower& f)
{
    f.unlink();
    busy(f);
    try {
        f.wake();
    } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch)
        // The waiting coroutine could not be resumed and is gone; so is its connection, or will be.
    }
}

} // namespace sluice
