#include <sluice/session/read_history.hpp>

#include <sluice/session/interest.hpp>

#include <chrono>
#include <limits>
#include <string>
#include <utility>

namespace sluice {

history_page read_history(window& w, history_query query)
{
    session_meta wanted;
    wanted.subscriptions = std::move(query.types);
    wanted.topics = std::move(query.topics);
    wanted.topic_patterns = std::move(query.topic_patterns);
    wanted.grant = std::move(query.grant);
    interest asked{w};
    (void)asked.set(wanted);
    asked.leave_out({.through = w.head(), .moment = std::chrono::system_clock::now()});
    asked.leave_out_topicless(std::numeric_limits<std::uint64_t>::max());

    history_page page;
    auto const start = query.since.empty() ? std::nullopt : w.find_start(query.since);
    auto cursor = asked.cursor_after(start.value_or(0));
    std::size_t bytes = 0;
    std::uint64_t last = 0;
    for (auto const* next = asked.next(cursor); next != nullptr; next = asked.next(cursor)) {
        if (page.events.size() >= query.limit || bytes >= query.max_bytes) {
            page.next = to_string(event_id{.hi = w.epoch(), .lo = last});
            break;
        }
        page.events.push_back(next->to_event(true));
        bytes += page.events.back().data.size();
        last = next->sequence();
    }
    return page;
}

} // namespace sluice
