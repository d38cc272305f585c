#include <sluice/session/cleanup.hpp>

#include <sluice/fan_out/async_call.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <new>

namespace sluice {

namespace asio = boost::asio;

cleanup::cleanup(std::vector<std::shared_ptr<shard>> shards, std::chrono::milliseconds interval)
    : shards_{std::move(shards)}, interval_{interval}, timer_{shards_.front()->executor()}
{
}

void cleanup::start()
{
    auto const on_done = [self = shared_from_this()](std::exception_ptr const&) {};
    asio::co_spawn(timer_.get_executor(), run(), on_done);
}

void cleanup::stop()
{
    asio::post(timer_.get_executor(), [self = shared_from_this()] {
        self->stopped_ = true;
        self->timer_.cancel();
    });
}

asio::awaitable<void> cleanup::run()
{
    while (!stopped_) {
        try {
            timer_.expires_after(interval_);
            co_await timer_.async_wait(asio::as_tuple(asio::deferred));
            for (auto const& s : shards_) {
                auto const tidy = [](shard& there) { return (there.tidy(), true); };
                if (!stopped_) {
                    (co_await async_call(s, tidy, asio::deferred)).get();
                }
            }
        } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch)
            // Shards that were not visited are visited at the next interval.
        }
    }
}

} // namespace sluice
