#pragma once

#include "line_limit.hpp"
#include "logging.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <initializer_list>
#include <string>

namespace sluice::server {

/// Logs lines of one kind, at most 100 within a second (`line_limit`), so that who provokes them at any rate cannot
/// fill the disk. How many were left out is one line more, a second later.
class bounded_log {
public:
    using context_type = boost::asio::io_context;

    /// All lines have the level and the message. `home` runs on one thread.
    bounded_log(context_type& home, log_level level, std::string message);
    bounded_log(bounded_log const&) = delete;
    bounded_log& operator=(bounded_log const&) = delete;
    ~bounded_log() = default;

    /// Logs a line, or counts it as left out. Safe from any thread. Throws `std::bad_alloc` when memory is too short
    /// for the line.
    void note(std::initializer_list<log_field> fields)
    {
        if (admits()) {
            write(fields);
        }
    }

    /// Whether a line may be written now, which then is to follow: for fields that cost something to find out. Safe
    /// from any thread.
    [[nodiscard]] bool admits();
    /// Logs a line that was admitted. Safe from any thread.
    void write(std::initializer_list<log_field> fields) { log_event(level_, message_, fields); }

    /// Tells what was left out and not told yet. Safe from any thread.
    void tell_left_out();
    /// Nothing waits on the context any more: what is left out from now on is told by `tell_left_out` alone. On the
    /// context's thread.
    void stop();

private:
    void watch();
    void wait_to_tell();

    boost::asio::steady_timer timer_;
    log_level level_;
    std::string message_;
    line_limit limit_;
    bool stopped_ = false;
};

} // namespace sluice::server
