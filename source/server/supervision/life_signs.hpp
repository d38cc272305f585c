#pragma once

#include "connections/worker.hpp"
#include "service_manager.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace sluice::server {

/// Gives the service manager's watchdog its signs of life, twice as often as it wants them. Each worker is asked for
/// every one, so that a single one that hangs is noticed. Does nothing where there is no watchdog.
class life_signs {
public:
    using worker_list = std::vector<std::unique_ptr<worker>>;

    /// Both outlive it.
    life_signs(service_manager& manager, worker_list const& workers);

    /// On the first worker's thread, or before it runs.
    void start();
    /// On the first worker's thread.
    void stop() { timer_.cancel(); }

private:
    void ask();
    void answer();

    service_manager& manager_;
    worker_list const& workers_;
    boost::asio::steady_timer timer_;
    /// Workers that have yet to answer.
    std::atomic<std::size_t> awaited_{0};
};

} // namespace sluice::server
