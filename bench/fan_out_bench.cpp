#include <benchmark/benchmark.h>
#include <polled_hub.hpp>

#include <list>
#include <string>
#include <vector>

namespace {

using namespace sluice;

/// From the broadcast of a burst to the last byte given to the last stream; sockets are left out. An item is
/// one event brought to one session.
void fan_out(benchmark::State& state)
{
    auto const sessions = static_cast<std::size_t>(state.range(0));
    std::vector<event> const burst(static_cast<std::size_t>(state.range(1)),
                                   {.id = "", .type = "update", .data = std::string(100, 'x')});
    bench::polled_hub hub;
    std::list<bench::sink> streams;
    while (streams.size() != sessions) {
        streams.emplace_back(hub, hub.connect());
    }
    auto const bring = [&] {
        benchmark::DoNotOptimize(hub.broker().try_broadcast(burst));
        hub.poll();
    };
    bring(); // not counted: it finds everything cold
    for (auto _ : state) {
        bring();
    }
    auto const expected = static_cast<std::uint64_t>(state.iterations()) * burst.size() * sessions;
    if (hub.broker().session_stats().events_delivered != expected + burst.size() * sessions) {
        state.SkipWithError("not every event reached every session");
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(expected));
    streams.clear();
    hub.poll(); // what was woken by the end
}
BENCHMARK(fan_out)
    ->ArgNames({"sessions", "burst"})
    ->ArgsProduct({{1, 100, 10'000}, {1, 100}})
    ->Unit(benchmark::kMicrosecond);

} // namespace
