#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

namespace sluice::server {

/// A thread beside the workers, for requests on which the work takes so long that streams and other requests would
/// feel it if a worker did it. It gives way to the workers where processors are scarce.
class side_thread {
public:
    side_thread();
    /// Drops what is not finished.
    ~side_thread();
    side_thread(side_thread const&) = delete;
    side_thread& operator=(side_thread const&) = delete;

    [[nodiscard]] boost::asio::any_io_executor executor() noexcept { return pool_.get_executor(); }

    /// Much memory was freed: what the allocator holds of it goes back to the system, within a second or so and once
    /// for all that was freed by then. Safe from any thread.
    void return_memory();

private:
    boost::asio::thread_pool pool_{1};
    boost::asio::steady_timer soon_{pool_};
    /// On the thread alone.
    bool is_due_ = false;
};

} // namespace sluice::server
