#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <thread>

namespace sluice::server {

class logging_observer;

/// A thread beside the workers, for requests on which the work takes so long that streams and other requests would
/// feel it if a worker did it. It gives way to the workers where processors are scarce.
class side_thread {
public:
    /// The observer, which is told of work given up because memory was short, outlives it.
    explicit side_thread(logging_observer& log);
    /// Drops what is not finished.
    ~side_thread();
    side_thread(side_thread const&) = delete;
    side_thread& operator=(side_thread const&) = delete;

    [[nodiscard]] boost::asio::any_io_executor executor() noexcept { return context_.get_executor(); }

    /// Much memory was freed: what the allocator holds of it goes back to the system, within a second or so and once
    /// for all that was freed by then. Safe from any thread.
    void return_memory() noexcept;

private:
    void run();

    logging_observer& log_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
    boost::asio::steady_timer soon_{context_};
    /// On the thread alone.
    bool is_due_ = false;
    std::thread thread_;
};

} // namespace sluice::server
