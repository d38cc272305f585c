#include "life_signs.hpp"

#include <boost/asio/post.hpp>

namespace sluice::server {

life_signs::life_signs(service_manager& manager, worker_list const& workers)
    : manager_{manager}, workers_{workers}, timer_{workers.front()->context()}
{
}

void life_signs::start()
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

void life_signs::ask()
{
    if (awaited_.load() != 0) {
        return; // a worker has not answered the last question yet
    }
    awaited_ = workers_.size();
    for (auto const& w : workers_) {
        boost::asio::post(w->executor(), [this] { answer(); });
    }
}

void life_signs::answer()
{
    if (awaited_.fetch_sub(1) == 1) {
        manager_.alive();
    }
}

} // namespace sluice::server
