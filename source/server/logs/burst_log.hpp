#pragma once

#include "logging.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace sluice::server {

/// Logs something that happens in bursts: one line when a burst begins, and one when it is over, with the number of
/// times. A burst is over when nothing happened for a second.
class burst_log {
public:
    using context_type = boost::asio::io_context;

    /// The first line has this level, the last one has the level info. `home` runs on one thread.
    burst_log(context_type& home, log_level level, std::string begins, std::string is_over);
    burst_log(burst_log const&) = delete;
    burst_log& operator=(burst_log const&) = delete;
    ~burst_log() = default;

    /// Notes that it happened; the fields are for the first line. Safe from any thread. Throws `std::bad_alloc` if
    /// memory is too short to begin a burst; the next call then tries again.
    void note(std::initializer_list<log_field> fields);
    /// Ends the current burst and stops waiting on the context. Called on the context's thread.
    void stop();

private:
    void watch();
    void end();

    boost::asio::steady_timer timer_;
    log_level level_;
    std::string begins_;
    std::string is_over_;
    std::atomic<std::uint64_t> count_{0};
    std::uint64_t seen_ = 0;
    std::chrono::steady_clock::time_point began_;
    bool stopped_ = false;
};

} // namespace sluice::server
