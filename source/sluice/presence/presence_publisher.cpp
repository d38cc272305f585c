#include <sluice/presence/presence_publisher.hpp>

#include <sluice/event/frame.hpp>
#include <sluice/http/problem.hpp>
#include <sluice/presence.hpp>

#include <fmt/format.h>

#include <new>
#include <span>
#include <string>

namespace sluice {
namespace {

constexpr std::chrono::milliseconds room_retry_interval{1};

[[nodiscard]] event to_event(presence_change const& c)
{
    return {.type = std::string{presence_event_type},
            .data = fmt::format(R"({{"subject":{},"payload":{},"active":{}}})", json_string(c.subject),
                                c.payload.empty() ? "null" : c.payload, c.active),
            .topics = {std::string{presence_prefix} + c.topic},
            .is_private = true};
}

} // namespace

void presence_publisher::note(std::vector<presence_change> const& changes) noexcept
{
    auto const now = clock::now();
    for (auto const& c : changes) {
        ledger_.note(c, now);
    }
}

bool presence_publisher::publish() noexcept
{
    armed_for_ = clock::time_point::max();
    retry_at_ = clock::time_point::max();
    auto const now = clock::now();
    ledger_.look(now);
    auto& due = ledger_.due();
    bool const any = !due.empty();
    // A stop waits for publishers that have seen no stop before.
    all_.publishers.fetch_add(1);
    if (all_.stopping.load()) {
        ledger_.clear();
    }
    while (!due.empty()) {
        auto const how = push(due.front());
        if (how != push_outcome::pushed && how != push_outcome::closed) {
            break;
        }
        due.pop_front();
    }
    all_.publishers.fetch_sub(1);
    if (!due.empty()) {
        retry_at_ = now + room_retry_interval;
    }
    return any;
}

/// Where memory is short there is no room either.
push_outcome presence_publisher::push(presence_change const& c) noexcept
{
    try {
        auto const made = frame::make(to_event(c), {}, std::chrono::system_clock::now());
        publishing_pass pass{all_.closed, std::span{&made, 1}, false};
        return pass.try_push(std::span{&made, 1}, [this](auto some) { return all_.ring.try_push(some); });
    } catch (std::bad_alloc const&) {
        return push_outcome::no_room;
    }
}

} // namespace sluice
