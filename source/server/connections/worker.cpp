#include "worker.hpp"

#include "http_connection.hpp"
#include "logs/logging_observer.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace sluice::server {

namespace {

/// Of tokens that are known to be good, on each worker: some thousands of usual ones.
constexpr std::size_t most_verdict_bytes = std::size_t{8} << 20U;

} // namespace

worker::worker(shared_settings s, http_timeouts const& times)
    : settings_{std::move(s)},
      tokens_{settings_->trust, most_verdict_bytes},
      idle_{times.idle},
      request_{times.request},
      items_{times.items},
      linger_{times.linger},
      pace_{times.pace},
      times_{times}
{
}

worker::~worker() = default;

void worker::set(shared_settings s)
{
    if (s->trust != settings_->trust) {
        tokens_.renew(s->trust);
    }
    settings_ = std::move(s);
}

void worker::run(logging_observer& log)
{
    for (;;) {
        try {
            context_.run();
            return;
        } catch (std::bad_alloc const&) {
            log.on_memory_short();
        }
    }
}

void worker::add(http_connection& c)
{
    connections_.push_back(c);
    added_.add(1);
}

void worker::remove(http_connection& c)
{
    connections_.erase(connections_.iterator_to(c));
    removed_.add(1);
    report_closed();
}

void worker::expect(http_connection& c, waiting_for what)
{
    list_for(what).restart(c, std::chrono::steady_clock::now());
    note_longest_idle();
    arm();
}

deadline_list& worker::list_for(waiting_for what) noexcept
{
    switch (what) {
    case waiting_for::request:
        return idle_;
    case waiting_for::rest:
        return request_;
    case waiting_for::items:
        return items_;
    case waiting_for::farewell:
        break;
    }
    return linger_;
}

void worker::watch_pace(pace_entry& e)
{
    pace_.restart(e, std::chrono::steady_clock::now());
    arm();
}

deadline_list::time_point worker::waits_since(deadline_list const& list, deadline_list::duration time) noexcept
{
    return list.next() == deadline_list::time_point::max() ? list.next() : list.next() - time;
}

void worker::note_longest_idle() noexcept
{
    auto const since = std::min(
        {waits_since(idle_, times_.idle), waits_since(request_, times_.request), waits_since(items_, times_.items)});
    longest_idle_.store(since.time_since_epoch().count(), std::memory_order_relaxed);
}

bool worker::close_longest_idle()
{
    std::array const waiting{std::pair{waits_since(idle_, times_.idle), &idle_},
                             std::pair{waits_since(request_, times_.request), &request_},
                             std::pair{waits_since(items_, times_.items), &items_}};
    auto* const longest = std::ranges::min(waiting).second->pop_due(deadline_list::time_point::max());
    if (longest != nullptr) {
        static_cast<http_connection&>(*longest).on_descriptors_short();
    }
    note_longest_idle();
    return longest != nullptr;
}

void worker::arm()
{
    auto const next = std::min({idle_.next(), request_.next(), items_.next(), linger_.next(), pace_.next()});
    if (next >= armed_) {
        return;
    }
    armed_ = next;
    timer_.expires_at(next);
    timer_.async_wait([this](error_code ec) {
        if (!ec) {
            sweep();
        }
    });
}

void worker::sweep()
{
    armed_ = deadline_list::time_point::max();
    auto const now = std::chrono::steady_clock::now();
    for (auto* const list : {&idle_, &request_, &items_, &linger_}) {
        while (auto* const due = list->pop_due(now)) {
            static_cast<http_connection&>(*due).on_late();
        }
    }
    while (auto* const due = pace_.pop_due(now)) {
        static_cast<pace_entry&>(*due).of.check_pace();
    }
    note_longest_idle();
    arm();
}

void worker::close_connections(std::function<void()> on_closed)
{
    closing_ = true;
    on_closed_ = std::move(on_closed);
    for (auto& c : connections_) {
        c.on_closing();
    }
    report_closed();
}

void worker::report_closed()
{
    if (on_closed_ && connections_.empty()) {
        timer_.cancel();
        work_.reset();
        std::exchange(on_closed_, nullptr)();
    }
}

} // namespace sluice::server
