#pragma once

#include <sluice/fan_out/standing.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <thread>

namespace sluice {

/// Knows which thread a shard's work belongs to, so that a publisher can tell whether it may wait for that work, and a
/// misused executor is noticed. Safe from any thread.
class home_thread {
public:
    explicit home_thread(boost::asio::any_io_executor executor);

    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return executor_; }
    /// Notes that a handler of the executor runs: before the first one nothing is known.
    void begin() noexcept;
    /// Whether what runs now may touch the shard. An `io_context` whose handlers turn up on a second thread is misused
    /// from then on: nothing says that they do not run at the same time.
    [[nodiscard]] bool may_run() noexcept;
    /// Whether handlers of the executor were seen on several threads that nothing keeps apart.
    [[nodiscard]] bool misused() const noexcept { return misused_.load(std::memory_order_relaxed); }
    /// Whether the calling thread has to do the shard's work, may wait for it, or neither. `needed` while no handler
    /// has run yet: the work may be for this very thread to do.
    [[nodiscard]] standing standing_of_caller() const;

private:
    boost::asio::any_io_executor executor_;
    /// The one thread of an executor that is an `io_context`'s; none yet, or the executor sees to it itself.
    std::atomic<std::thread::id> thread_{};
    std::atomic<bool> begun_{false};
    bool one_thread_;
    std::atomic<bool> misused_{false};
};

} // namespace sluice
