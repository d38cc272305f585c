#pragma once

#include <sluice/fan_out/standing.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <thread>

namespace sluice {

/// Knows which thread does a shard's work, so that a publisher can tell whether it may wait for that work, and so that
/// a misused executor is noticed. Safe from any thread.
class home_thread {
public:
    explicit home_thread(boost::asio::any_io_executor executor);

    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return executor_; }
    /// Notes that a handler of the executor runs. Before the first one nothing is known.
    void begin() noexcept;
    /// Whether the running handler may touch the shard. Once handlers of an `io_context` have run on a second thread,
    /// it counts as misused, because they might run at the same time.
    [[nodiscard]] bool may_run() noexcept;
    /// Whether handlers of the executor were seen on several threads without a strand.
    [[nodiscard]] bool misused() const noexcept { return misused_.load(std::memory_order_relaxed); }
    /// Whether the calling thread has to do the shard's work, may wait for it, or neither. `needed` while no handler
    /// has run yet: the work may be for this very thread to do.
    [[nodiscard]] standing standing_of_caller() const;

private:
    boost::asio::any_io_executor executor_;
    /// The thread of an `io_context`'s executor; none if it is not known yet or the executor is a strand.
    std::atomic<std::thread::id> thread_{};
    std::atomic<bool> begun_{false};
    bool one_thread_;
    std::atomic<bool> misused_{false};
};

} // namespace sluice
