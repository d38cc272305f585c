#include "bounded_log.hpp"

#include <sluice/error.hpp>

#include <boost/asio/post.hpp>

#include <chrono>
#include <new>
#include <utility>

namespace sluice::server {

bounded_log::bounded_log(context_type& home, log_level level, std::string message)
    : timer_{home}, level_{level}, message_{std::move(message)}
{
}

bool bounded_log::admits()
{
    if (!logs(level_)) {
        return false;
    }
    auto const [may_write, is_first] = limit_.judge(std::chrono::steady_clock::now());
    if (is_first) {
        watch();
    }
    return may_write;
}

/// Schedules a line about what was left out. If memory is too short for that, here or in `wait_to_tell`, the next line
/// that is left out tries again.
void bounded_log::watch()
{
    try {
        boost::asio::post(timer_.get_executor(), [this] { wait_to_tell(); });
    } catch (std::bad_alloc const&) {
        limit_.pass_on();
    }
}

void bounded_log::wait_to_tell()
{
    if (stopped_) {
        return;
    }
    try {
        timer_.expires_after(line_limit::period);
        timer_.async_wait([this](error_code) { tell_left_out(); });
    } catch (std::bad_alloc const&) {
        limit_.pass_on();
    }
}

void bounded_log::tell_left_out()
{
    if (auto const count = limit_.take_left_out(); count != 0) {
        log_event(level_, message_ + ": more lines left out", {{"count", count}});
    }
}

void bounded_log::stop()
{
    stopped_ = true;
    timer_.cancel();
}

} // namespace sluice::server
