#pragma once

#include <sluice/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace sluice {

/// Calls back when a deadline passes. Postponing the deadline is cheap, because it does not touch the timer: when the
/// timer fires, it checks whether there is time left, and then waits for the rest.
///
/// Shared, because the timer's handler may still be queued when its owner is destroyed. Confined to its executor.
class watchdog : public std::enable_shared_from_this<watchdog> {
public:
    using clock = std::chrono::steady_clock;

    watchdog(boost::asio::any_io_executor const& executor, std::function<void()> bark)
        : timer_{executor}, bark_{std::move(bark)}
    {
    }

    /// Sets the deadline to this time from now; 0: no deadline.
    void arm(std::chrono::milliseconds time)
    {
        deadline_ = time.count() == 0 ? never : clock::now() + time;
        if (deadline_ < waiting_for_) {
            wait();
        }
    }
    void disarm() noexcept { deadline_ = never; }
    /// There will be no more callback.
    void stop()
    {
        bark_ = nullptr;
        timer_.cancel();
    }

private:
    static constexpr auto never = clock::time_point::max();

    void wait()
    {
        waiting_for_ = deadline_;
        timer_.expires_at(deadline_);
        timer_.async_wait([self = shared_from_this()](error_code ec) {
            if (!ec) {
                self->on_time();
            }
        });
    }

    void on_time()
    {
        waiting_for_ = never;
        if (!bark_ || deadline_ == never) {
            return;
        }
        if (clock::now() < deadline_) {
            wait();
            return;
        }
        deadline_ = never;
        bark_();
    }

    boost::asio::steady_timer timer_;
    std::function<void()> bark_;
    clock::time_point deadline_ = never;
    /// When the timer fires; `never` if it is not running.
    clock::time_point waiting_for_ = never;
};

} // namespace sluice
