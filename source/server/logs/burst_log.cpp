#include "burst_log.hpp"

#include <sluice/error.hpp>

#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace sluice::server {

namespace {

using namespace std::chrono_literals;

constexpr auto quiet_time = 1s;

} // namespace

burst_log::burst_log(context_type& home, log_level level, std::string begins, std::string is_over)
    : timer_{home}, level_{level}, begins_{std::move(begins)}, is_over_{std::move(is_over)}
{
}

void burst_log::note(std::initializer_list<log_field> fields)
{
    if (count_.fetch_add(1) != 0) {
        return;
    }
    try {
        boost::asio::post(timer_.get_executor(), [this] {
            began_ = std::chrono::steady_clock::now();
            watch();
        });
    } catch (std::bad_alloc const&) {
        count_ = 0;
        throw;
    }
    log_event(level_, begins_, fields);
}

/// Waits for the burst's end. If memory is too short for that, the burst ends here, and what comes is another one.
void burst_log::watch()
{
    seen_ = count_.load();
    if (stopped_) {
        end();
        return;
    }
    try {
        timer_.expires_after(quiet_time);
        timer_.async_wait([this](error_code ec) {
            if (ec || count_.load() == seen_) {
                end();
            } else {
                watch();
            }
        });
    } catch (std::bad_alloc const&) {
        end();
    }
}

void burst_log::end()
{
    auto const count = count_.exchange(0);
    std::chrono::duration<double> const lasted = std::chrono::steady_clock::now() - began_;
    log_event(log_level::info, is_over_, {{"count", count}, {"seconds", lasted.count()}});
}

void burst_log::stop()
{
    stopped_ = true;
    timer_.cancel();
}

} // namespace sluice::server
