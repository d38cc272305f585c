#include "watchdog.hpp"

#include <boost/asio/post.hpp>

namespace sluice::server {

watchdog::watchdog(service_manager& manager, worker_list const& workers)
    : manager_{manager}, workers_{workers}, timer_{workers.front()->context()}
{
}

void watchdog::start()
{
    auto const time = manager_.watchdog_time();
    if (!time) {
        return;
    }
    timer_.expires_after(*time / 2);
    timer_.async_wait([this](error_code ec) {
        if (!ec) {
            ask();
            start();
        }
    });
}

void watchdog::ask()
{
    if (awaited_.load() != 0) {
        return; // one of them has not answered the last time
    }
    awaited_ = workers_.size();
    for (auto const& w : workers_) {
        boost::asio::post(w->executor(), [this] { answer(); });
    }
}

void watchdog::answer()
{
    if (awaited_.fetch_sub(1) == 1) {
        manager_.alive();
    }
}

} // namespace sluice::server
