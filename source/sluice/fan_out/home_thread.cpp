#include <sluice/fan_out/home_thread.hpp>

#include <boost/asio/io_context.hpp>

#include <utility>

namespace sluice {

home_thread::home_thread(boost::asio::any_io_executor executor)
    : executor_{std::move(executor)}, one_thread_{executor_.target<boost::asio::io_context::executor_type>() != nullptr}
{
}

void home_thread::begin() noexcept
{
    (void)may_run();
    begun_.store(true, std::memory_order_release);
}

bool home_thread::may_run() noexcept
{
    if (!one_thread_) {
        return true;
    }
    auto const here = std::this_thread::get_id();
    auto first = std::thread::id{};
    if (thread_.load(std::memory_order_relaxed) != here && !thread_.compare_exchange_strong(first, here)) {
        misused_ = true;
    }
    return !misused();
}

standing home_thread::standing_of_caller() const
{
    if (!begun_.load(std::memory_order_acquire)) {
        return standing::needed;
    }
    auto const found = standing_to(executor_);
    if (!one_thread_) {
        return found;
    }
    // Between two runs of the context, too, its work is for the one thread that runs it; another that does is misuse.
    bool const is_its_thread = thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
    return is_its_thread ? standing::inside : found == standing::inside ? standing::needed : found;
}

} // namespace sluice
