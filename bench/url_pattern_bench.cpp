#include <url_pattern/set.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace sluice::url_pattern;

/// Patterns that begin differently, as those of one room each; that begin alike, as those of any tenant's room; and the
/// latter with a regular expression each.
enum class kind { by_prefix, alike, expressions };

base_url const& hub()
{
    static auto const base = base_url::parse("https://hub.example/");
    return *base;
}

pattern compiled(kind k, std::size_t i)
{
    auto const number = std::to_string(i);
    switch (k) {
    case kind::by_prefix:
        return *compile("/chat/room-" + number + "/:message", hub());
    case kind::alike:
        return *compile("/:tenant/room-" + number, hub());
    case kind::expressions:
        break;
    }
    return *compile("/:tenant([a-z]+-\\d+)/room-" + number, hub());
}

std::string topic_of(kind k, std::size_t i)
{
    auto const number = std::to_string(i);
    return k == kind::by_prefix ? "/chat/room-" + number + "/" + std::to_string(i * 7919 % 1000)
                                : "/tenant-" + std::to_string(i * 7919 % 1000) + "/room-" + number;
}

/// Patterns, by themselves and as a set, and topics that each match one of them.
struct crowd {
    crowd(kind k, std::size_t count) : made_of{k}
    {
        for (std::size_t i = 0; i != count; ++i) {
            one_by_one.push_back(compiled(k, i));
            (void)together.add(one_by_one.back());
        }
        topics.resize(std::max<std::size_t>(count, 1000));
        for (std::size_t i = 0; i != topics.size(); ++i) {
            topics[i] = topic_of(k, i * 31 % count);
        }
    }

    kind made_of;
    set together;
    std::vector<pattern> one_by_one;
    std::vector<std::string> topics;
};

/// The crowd that was asked for last, which is kept: a benchmark is called several times, and so is this.
crowd& crowd_of(kind k, std::size_t count)
{
    static std::optional<crowd> last;
    if (!last || last->made_of != k || last->one_by_one.size() != count) {
        last.emplace(k, count);
    }
    return *last;
}

/// What finding the one pattern of many takes that a topic matches; the topic is read anew each time. `naive` matches
/// with each pattern by itself.
void url_pattern(benchmark::State& state)
{
    auto const count = static_cast<std::size_t>(state.range(1));
    bool const naive = state.range(0) != 0;
    auto const& [made_of, together, one_by_one, topics] = crowd_of(static_cast<kind>(state.range(2)), count);
    std::vector<set::index> found;
    std::size_t matches = 0;
    std::size_t at = 0;
    auto const match = [&] {
        topic const t{topics[at++ % topics.size()], hub()};
        if (naive) {
            matches += static_cast<std::size_t>(
                std::ranges::count_if(one_by_one, [&](auto const& p) { return p.matches(t); }));
        } else {
            found.clear();
            together.match(t, found);
            matches += found.size();
        }
    };
    // The automata's states are made as topics come.
    for (std::size_t i = 0; i != (naive ? 10 : topics.size()); ++i) {
        match();
    }
    matches = 0;
    for (auto _ : state) {
        match();
    }
    if (matches != static_cast<std::size_t>(state.iterations())) {
        state.SkipWithError("not every topic matched its one pattern");
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(url_pattern)
    ->ArgNames({"naive", "patterns", "kind"})
    ->ArgsProduct({{0, 1}, {1, 100, 1'000, 10'000}, {0, 1, 2}})
    ->Unit(benchmark::kMicrosecond);

/// What adding a pattern takes, with its share of putting some together, and removing it again.
void url_pattern_change(benchmark::State& state)
{
    auto const count = static_cast<std::size_t>(state.range(0));
    std::vector<pattern> patterns;
    for (std::size_t i = 0; i != count; ++i) {
        patterns.push_back(compiled(kind::alike, i));
    }
    for (auto _ : state) {
        set together;
        for (auto const& p : patterns) {
            (void)together.add(p);
        }
        for (set::index i = 0; i != count; ++i) {
            together.remove(i);
        }
        benchmark::DoNotOptimize(together.size());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}
BENCHMARK(url_pattern_change)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

/// What reading a topic takes, which is the most of matching few patterns.
void url_pattern_topic(benchmark::State& state)
{
    for (auto _ : state) {
        topic const t{state.range(0) == 0 ? "/chat/room-7/12" : "https://hub.example:443/chat/./room-7/12?x#y", hub()};
        benchmark::DoNotOptimize(t.lines().data());
    }
}
BENCHMARK(url_pattern_topic)->ArgName("absolute")->Arg(0)->Arg(1);

/// What compiling a pattern takes.
void url_pattern_compile(benchmark::State& state)
{
    for (auto _ : state) {
        benchmark::DoNotOptimize(compile(state.range(0) == 0 ? "/chat/:room/*" : "/chat/:room(\\d+)/*", hub()));
    }
}
BENCHMARK(url_pattern_compile)->ArgName("expression")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

} // namespace
