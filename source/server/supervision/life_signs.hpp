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

/// Sends signs of life to the service manager's watchdog, twice as often as it demands. Before each, every worker has
/// to answer, so that a single worker that hangs is noticed. Does nothing if there is no watchdog.
class life_signs {
public:
    using worker_list = std::vector<std::unique_ptr<worker>>;

    /// Both arguments outlive this object.
    life_signs(service_manager& manager, worker_list const& workers);

    /// Called on the first worker's thread, or before that runs.
    void start();
    /// Called on the first worker's thread.
    void stop() { timer_.cancel(); }

private:
    void ask();
    void answer();

    service_manager& manager_;
    worker_list const& workers_;
    boost::asio::steady_timer timer_;
    /// How many workers have not answered yet.
    std::atomic<std::size_t> awaited_{0};
};

} // namespace sluice::server
