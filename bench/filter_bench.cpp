#include <benchmark/benchmark.h>
#include <polled_hub.hpp>

#include <ctime>
#include <list>
#include <string>
#include <vector>

namespace {

using namespace sluice;

constexpr std::size_t matching = 100;

[[nodiscard]] double cpu_seconds()
{
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

[[nodiscard]] std::string type_name(std::size_t i) { return "type-" + std::to_string(i); }

/// A hub with its streams.
class audience {
public:
    void add(std::vector<std::string> types)
    {
        connect_request wanted;
        wanted.meta.subscriptions = std::move(types);
        streams_.emplace_back(hub_, hub_.connect(std::move(wanted)));
    }

    /// Brings each event by itself to whom it is for; the CPU time of it.
    [[nodiscard]] double bring(std::vector<event> const& events)
    {
        auto const begin = cpu_seconds();
        for (auto const& e : events) {
            benchmark::DoNotOptimize(hub_.broker().try_broadcast(std::span{&e, 1}));
            hub_.poll();
        }
        return cpu_seconds() - begin;
    }

    [[nodiscard]] std::uint64_t delivered() { return hub_.broker().session_stats().events_delivered; }

    ~audience()
    {
        streams_.clear();
        hub_.poll(); // what was woken by the end
    }
    audience() = default;
    audience(audience const&) = delete;
    audience& operator=(audience const&) = delete;

private:
    bench::polled_hub hub_;
    std::list<bench::sink> streams_;
};

/// Many sessions with filters, of which each event is for a hundred; in turn with a hundred sessions without, which
/// get the same events. `ratio` is how much more an event costs with filters; an item is an event. With `spread` each
/// event has another type than the one before and so goes to another hundred.
void filters(benchmark::State& state)
{
    auto const sessions = static_cast<std::size_t>(state.range(0));
    auto const types_each = static_cast<std::size_t>(state.range(1));
    bool const spread = state.range(2) != 0;
    auto const types = sessions * types_each / matching;
    audience filtered;
    for (std::size_t i = 0; i != sessions; ++i) {
        std::vector<std::string> wanted;
        for (std::size_t t = 0; t != types_each; ++t) {
            wanted.push_back(type_name((i + t * types / types_each) % types));
        }
        filtered.add(std::move(wanted));
    }
    audience unfiltered;
    for (std::size_t i = 0; i != matching; ++i) {
        unfiltered.add({});
    }
    std::vector<event> events(types);
    for (std::size_t i = 0; i != types; ++i) {
        events[i] = {.id = "", .type = type_name(spread ? i : 0), .data = std::string(100, 'x')};
    }
    // The first round is paid for by neither: it finds everything cold.
    (void)filtered.bring(events);
    (void)unfiltered.bring(events);
    double with = 0;
    double without = 0;
    for (auto _ : state) {
        auto const time = filtered.bring(events);
        without += unfiltered.bring(events);
        with += time;
        state.SetIterationTime(time);
    }
    auto const published = static_cast<std::uint64_t>(state.iterations()) * events.size();
    auto const expected = (published + events.size()) * matching;
    if (filtered.delivered() != expected || unfiltered.delivered() != expected) {
        state.SkipWithError("not every event reached whom it is for");
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(published));
    state.counters["ratio"] = with / without;
}
BENCHMARK(filters)
    ->ArgNames({"sessions", "types_each", "spread"})
    ->Args({10'000, 1, 0})
    ->Args({10'000, 1, 1})
    ->Args({10'000, 4, 1})
    ->Args({100, 1000, 1})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

} // namespace
