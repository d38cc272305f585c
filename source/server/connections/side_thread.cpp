#include "side_thread.hpp"

#include "logs/logging_observer.hpp"

#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <new>

#include <malloc.h>
#include <sys/resource.h>

namespace sluice::server {

using namespace std::chrono_literals;

namespace {

/// A nice value that gives the thread a tenth of a worker's weight.
constexpr int priority = 10;

} // namespace

side_thread::side_thread(logging_observer& log) : log_{log}, thread_{[this] { run(); }} {}

side_thread::~side_thread()
{
    context_.stop();
    thread_.join();
}

void side_thread::run()
{
    // On Linux this affects only the calling thread.
    ::setpriority(PRIO_PROCESS, 0, priority);
    for (;;) {
        try {
            context_.run();
            return;
        } catch (std::bad_alloc const&) {
            log_.on_memory_short();
        }
    }
}

void side_thread::return_memory() noexcept
{
    auto const wait = [this] {
        if (is_due_) {
            return;
        }
        soon_.expires_after(500ms);
        soon_.async_wait([this](boost::system::error_code) {
            is_due_ = false;
            ::malloc_trim(0);
        });
        is_due_ = true;
    };
    try {
        boost::asio::post(context_, wait);
    } catch (std::bad_alloc const&) {
        log_.on_memory_short();
    }
}

} // namespace sluice::server
