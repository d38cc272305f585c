#pragma once

#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace sluice::server {

/// Writes the lines of an asynchronous logger to standard error, on the one thread of its queue. It also logs how many
/// lines were dropped: by the queue while standard error took nothing, or because writing failed.
class log_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    /// The queue outlives the use of the sink.
    explicit log_sink(spdlog::details::thread_pool& queue) : queue_{queue} {}

    /// @name Safe from any thread
    /// @{
    [[nodiscard]] std::uint64_t dropped() const;
    /// How many flushes are done. When a flush is done, everything that was logged before it has been written.
    [[nodiscard]] std::uint64_t flushes() const;
    /// Waits until this many flushes are done; false if they are not done in time.
    [[nodiscard]] bool wait_for_flush(std::uint64_t count, std::chrono::milliseconds within) const;
    /// @}

private:
    using clock = std::chrono::steady_clock;

    void sink_it_(spdlog::details::log_msg const& message) override;
    void flush_() override;
    void write(spdlog::details::log_msg const& message);
    void tell_dropped();

    spdlog::details::thread_pool& queue_;
    std::atomic<std::uint64_t> unwritten_{0};
    std::uint64_t told_ = 0;
    clock::time_point told_at_{};
    mutable std::mutex mutex_flushes_;
    mutable std::condition_variable flushed_;
    std::uint64_t flushes_ = 0;
};

} // namespace sluice::server
