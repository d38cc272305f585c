#include "side_thread.hpp"

#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <utility>

#include <malloc.h>
#include <sys/resource.h>

namespace sluice::server {

using namespace std::chrono_literals;

namespace {

/// Of a nice value: the thread's weight is then a tenth of a worker's.
constexpr int priority = 10;

} // namespace

side_thread::side_thread()
{
    // On Linux that is the calling thread's alone.
    boost::asio::post(pool_, [] { ::setpriority(PRIO_PROCESS, 0, priority); });
}

side_thread::~side_thread()
{
    pool_.stop();
    pool_.join();
}

void side_thread::return_memory()
{
    boost::asio::post(pool_, [this] {
        if (std::exchange(is_due_, true)) {
            return;
        }
        soon_.expires_after(500ms);
        soon_.async_wait([this](boost::system::error_code) {
            is_due_ = false;
            ::malloc_trim(0);
        });
    });
}

} // namespace sluice::server
