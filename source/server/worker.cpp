#include "worker.hpp"

#include "http_connection.hpp"

#include <algorithm>
#include <utility>

namespace sluice::server {

worker::worker(shared_settings s, http_timeouts const& times)
    : settings_{std::move(s)}, idle_{times.idle}, request_{times.request}, linger_{times.linger}
{
}

worker::~worker() = default;

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
    auto& list = what == waiting_for::request ? idle_ : what == waiting_for::rest ? request_ : linger_;
    list.restart(c, std::chrono::steady_clock::now());
    arm();
}

void worker::arm()
{
    auto const next = std::min({idle_.next(), request_.next(), linger_.next()});
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
    for (auto* const list : {&idle_, &request_, &linger_}) {
        while (auto* const due = list->pop_due(now)) {
            static_cast<http_connection&>(*due).on_late();
        }
    }
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
