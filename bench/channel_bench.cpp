#include <sluice/delivery/channel.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <benchmark/benchmark.h>

namespace {

namespace asio = boost::asio;
using namespace sluice;

asio::awaitable<void> wait_until_ended(channel& c, std::size_t& woken)
{
    while (!c.ended()) {
        co_await c.async_wait(asio::as_tuple(asio::deferred));
        ++woken;
    }
}

/// Resumes a suspended coroutine on its own thread, which then waits again.
void channel_wake(benchmark::State& state)
{
    asio::io_context context{1};
    channel c;
    std::size_t woken = 0;
    asio::co_spawn(context, wait_until_ended(c, woken), asio::detached);
    asio::post(context, [&] {
        for (auto _ : state) {
            c.notify();
        }
        c.end(end_reason::removed);
    });
    context.run();
    benchmark::DoNotOptimize(woken);
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(channel_wake);

} // namespace
