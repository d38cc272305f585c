#pragma once

#include "line_limit.hpp"
#include "logging.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <initializer_list>
#include <string>

namespace sluice::server {

/// Logs lines of one kind, at most 100 within a second (`line_limit`), so that a client that provokes them cannot fill
/// the disk. One more line, a second later, says how many were left out.
class bounded_log {
public:
    using context_type = boost::asio::io_context;

    /// All lines have this level and message. `home` runs on one thread.
    bounded_log(context_type& home, log_level level, std::string message);
    bounded_log(bounded_log const&) = delete;
    bounded_log& operator=(bounded_log const&) = delete;
    ~bounded_log() = default;

    /// Logs a line, or counts it as left out. Safe from any thread. Throws `std::bad_alloc` if memory is too short for
    /// the line.
    void note(std::initializer_list<log_field> fields)
    {
        if (admits()) {
            write(fields);
        }
    }

    /// Whether a line may be written now; if so, it must be written. For lines whose fields are expensive to compute.
    /// Safe from any thread.
    [[nodiscard]] bool admits();
    /// Logs a line that was admitted. Safe from any thread.
    void write(std::initializer_list<log_field> fields) { log_event(level_, message_, fields); }

    /// Logs how many lines were left out since this was last logged. Safe from any thread.
    void tell_left_out();
    /// Stops waiting on the context. From now on only `tell_left_out` logs how many lines were left out. Called on the
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
