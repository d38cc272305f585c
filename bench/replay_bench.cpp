#include <benchmark/benchmark.h>
#include <polled_hub.hpp>

#include <memory>
#include <string>
#include <vector>

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

/// Many sessions come back at once, all having missed the same events, with and without a filter (that all of them
/// pass). `per_event` is the time of one event brought to one session again, its share of the connection included.
void mass_resume(benchmark::State& state)
{
#ifdef NDEBUG
    constexpr std::size_t sessions = 5000;
#else
    constexpr std::size_t sessions = 100; // not for measuring
#endif
    constexpr std::size_t missed = 200;
    connect_request request;
    if (state.range(0) != 0) {
        request.meta.subscriptions = {"wanted"};
    }
    bench::polled_hub hub;
    std::vector<connect_request> claims(sessions, request);
    std::string before;
    for (auto& c : claims) {
        auto const stream = hub.connect(request);
        c.claim = to_string(stream->session().id());
        before = to_string(stream->session().last_event_id());
    }
    for (auto& c : claims) {
        c.last_event_id = before;
    }
    for (std::size_t i = 0; i != missed; ++i) {
        (void)hub.broker().broadcast({.id = "", .type = "wanted", .data = std::string(100, 'x')});
    }
    hub.poll();
    std::vector<std::unique_ptr<bench::sink>> streams;
    for (auto _ : state) {
        for (auto const& c : claims) {
            streams.push_back(std::make_unique<bench::sink>(hub, hub.connect(c)));
        }
        state.PauseTiming();
        streams.clear();
        hub.poll();
        state.ResumeTiming();
    }
    auto const delivered = hub.broker().session_stats().events_delivered;
    if (delivered != static_cast<std::uint64_t>(state.iterations()) * sessions * missed) {
        state.SkipWithError("not every event was replayed");
    }
    state.counters["per_event"] = {static_cast<double>(delivered),
                                   benchmark::Counter::kIsRate | benchmark::Counter::kInvert};
}
// So often only, for a session that comes back more than 100 times within 2 s is refused.
BENCHMARK(mass_resume)->ArgName("filtered")->Arg(0)->Arg(1)->Iterations(20)->Unit(benchmark::kMillisecond);

} // namespace
