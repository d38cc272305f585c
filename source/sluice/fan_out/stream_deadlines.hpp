#pragma once

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/fan_out/deadline_list.hpp>
#include <sluice/fan_out/grant_expiries.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace sluice {

/// When heartbeats and write timeouts of a shard's streams are due, and when their grants expire: one timer for all of
/// them. Confined to the shard's thread.
class stream_deadlines {
public:
    using clock = std::chrono::steady_clock;

    stream_deadlines(boost::asio::any_io_executor const& executor, stream_config const& config)
        : heartbeats_{config.heartbeat_interval},
          write_timeouts_{config.write_timeout},
          write_timeout_{config.write_timeout},
          timer_{executor}
    {
    }

    /// The stream waits: its heartbeat is due in a whole interval. Call `arm` after it.
    void await_heartbeat(deadline_entry& e, clock::time_point now) noexcept { heartbeats_.restart(e, now); }
    /// The stream's socket takes nothing: it has the whole write timeout. Call `arm` after it.
    void await_write(deadline_entry& e, clock::time_point now) noexcept { write_timeouts_.restart(e, now); }
    /// For how long the socket of a stream, for which `await_write` was called last, has taken nothing; 0 without a
    /// write timeout.
    [[nodiscard]] std::chrono::milliseconds blocked_for(deadline_entry const& e, clock::time_point now) const noexcept
    {
        return write_timeout_.count() == 0
                   ? write_timeout_
                   : std::chrono::duration_cast<std::chrono::milliseconds>(now - (e.deadline() - write_timeout_));
    }

    /// The stream's grant expires then. Call `arm` after it.
    void await_expiry(expiry_entry& e, expiry_entry::time_point expires) noexcept { expiries_.watch(e, expires); }
    /// The wall clock may have been set. Call `arm` after it.
    void look_at_clock() noexcept { expiries_.look(); }

    /// Whether the timer would come too late for what is due next.
    [[nodiscard]] bool needs_arming() const noexcept { return next() < armed_for_; }
    /// Has `on_due` called at the next deadline. When memory is too short for that, the next `arm` does it.
    template <class F>
    void arm(F on_due) noexcept
    {
        try {
            timer_.expires_at(next());
            timer_.async_wait([f = std::move(on_due)](error_code ec) mutable {
                if (!ec) {
                    f();
                }
            });
            armed_for_ = next();
        } catch (std::exception const&) {
            armed_for_ = clock::time_point::max();
        }
    }
    void cancel() { timer_.cancel(); }

    /// Calls the functions with each entry whose heartbeat is due, then with each whose write is. Call `arm` after it.
    template <class OnHeartbeat, class OnTimeout>
    void sweep(clock::time_point now, OnHeartbeat on_heartbeat, OnTimeout on_timeout)
    {
        armed_for_ = clock::time_point::max();
        while (auto* const due = heartbeats_.pop_due(now)) {
            on_heartbeat(*due);
        }
        while (auto* const due = write_timeouts_.pop_due(now)) {
            on_timeout(*due);
        }
    }

    /// Calls the function with each entry whose grant has expired. Call `arm` after it.
    template <class OnExpired>
    void sweep_expired(OnExpired on_expired)
    {
        while (auto* const due = expiries_.pop_due()) {
            on_expired(*due);
        }
    }

private:
    [[nodiscard]] clock::time_point next() const noexcept
    {
        return std::min({heartbeats_.next(), write_timeouts_.next(), expiries_.next()});
    }

    deadline_list heartbeats_;
    deadline_list write_timeouts_;
    grant_expiries expiries_;
    std::chrono::milliseconds write_timeout_;
    boost::asio::steady_timer timer_;
    clock::time_point armed_for_ = clock::time_point::max();
};

} // namespace sluice
