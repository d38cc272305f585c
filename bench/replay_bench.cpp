#include <benchmark/benchmark.h>
#include <polled_hub.hpp>

#include <string>

namespace {

using namespace sluice;

/// A client comes back and is brought 1,000 events that it missed; in turn all of the log, and what passes a
/// filter.
void replay(benchmark::State& state)
{
    constexpr std::size_t missed = 1000;
    bool const filtered = state.range(0) != 0;
    broker_config config;
    config.sessions.buffer_size = missed;
    bench::polled_hub hub{config};
    connect_request request;
    if (filtered) {
        request.meta.subscriptions = {"wanted"};
    }
    std::string first_id;
    for (std::size_t i = 0; i != missed; ++i) {
        if (filtered) {
            (void)hub.broker().broadcast({.id = "", .type = "other", .data = std::string(100, 'x')});
        }
        auto const r = hub.broker().broadcast({.id = "", .type = "wanted", .data = std::string(100, 'x')});
        hub.poll();
        if (i == 0) {
            first_id = to_string(event_id{.hi = parse_event_id(r->first)->hi, .lo = 0});
        }
    }
    request.last_event_id = first_id;
    for (auto _ : state) {
        {
            bench::sink const stream{hub, hub.connect(request)};
            benchmark::DoNotOptimize(stream.bytes());
        }
        hub.poll();
    }
    auto const delivered = hub.broker().session_stats().events_delivered;
    if (delivered != static_cast<std::uint64_t>(state.iterations()) * missed) {
        state.SkipWithError("not every event was replayed");
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(delivered));
}
BENCHMARK(replay)->ArgName("filtered")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

} // namespace
