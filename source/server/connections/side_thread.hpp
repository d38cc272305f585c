#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <thread>

namespace sluice::server {

class logging_observer;

/// A body, or a part of one that is processed as a whole, with more bytes is not processed on a worker but on the side
/// thread, because other clients wait on a worker.
inline constexpr std::size_t most_bytes_on_worker = std::size_t{64} << 10U;

/// A thread beside the workers, for requests that take so long that they would delay the streams and other requests of
/// a worker. It gives way to the workers when CPUs are scarce.
class side_thread {
public:
    /// The observer, which is told of work given up because memory was short, outlives it.
    explicit side_thread(logging_observer& log);
    /// Drops unfinished work.
    ~side_thread();
    side_thread(side_thread const&) = delete;
    side_thread& operator=(side_thread const&) = delete;

    [[nodiscard]] boost::asio::any_io_executor executor() noexcept { return context_.get_executor(); }

    /// Call it after much memory was freed. Within about a second the allocator returns that memory to the system, once
    /// for everything that was freed by then. Safe from any thread.
    void return_memory() noexcept;

private:
    void run();

    logging_observer& log_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
    boost::asio::steady_timer soon_{context_};
    /// Used on the thread only.
    bool is_due_ = false;
    std::thread thread_;
};

} // namespace sluice::server
