#include <sluice/session/session_manager.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include <malloc.h>

namespace {

using namespace sluice;

#ifdef NDEBUG
constexpr std::int64_t many = 100'000;
constexpr std::int64_t very_many = 1'000'000;
#else
// A build that is not for measuring only shows that the benchmarks work.
constexpr std::int64_t many = 1'000;
constexpr std::int64_t very_many = 10'000;
#endif

[[nodiscard]] std::size_t heap_bytes()
{
    auto const info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// The sessions of a shard, as browsers make them, each without a connection and so due to expire.
class population {
public:
    explicit population(std::size_t count)
    {
        config_.max_sessions = count;
        limits_.set(limits::of({.sessions = config_, .streams = {}, .log = {}}));
        manager_ = std::make_unique<session_manager>(config_, limits_, log_, make_session_id, all_);
        ids_.reserve(count);
    }

    void fill()
    {
        for (auto left = config_.max_sessions; left != 0; --left) {
            auto const made = manager_->create(begin_, true);
            session_meta meta;
            meta.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
            meta.remote_address = "198.51.100.17";
            benchmark::DoNotOptimize(manager_->join(**made, std::move(meta), {}));
            ids_.push_back((*made)->id());
        }
    }

    /// In an order in which they do not lie in memory.
    [[nodiscard]] std::vector<session_id> shuffled_ids() const
    {
        auto ids = ids_;
        std::ranges::shuffle(ids, std::minstd_rand{1});
        return ids;
    }

    [[nodiscard]] bool knows(session_id id) { return manager_->get(id, begin_) != nullptr; }

    [[nodiscard]] std::size_t list(std::size_t limit)
    {
        session_query wanted;
        wanted.limit = limit;
        return manager_->list(wanted, begin_).size();
    }

    std::size_t expire()
    {
        auto const due = config_.buffer_ttl;
        return manager_->expire({.steady = begin_.steady + due, .wall = begin_.wall + due});
    }

private:
    session_config config_;
    live_limits limits_{limits::of({})};
    window log_{{}, 1};
    std::atomic<std::size_t> all_{0};
    instant begin_ = instant::now();
    std::unique_ptr<session_manager> manager_;
    std::vector<session_id> ids_;
};

/// The time of one session among so many.
void count_sessions(benchmark::State& state)
{
    auto const done = static_cast<double>(state.iterations() * state.range(0));
    state.counters["per_session"] = {done, benchmark::Counter::kIsRate | benchmark::Counter::kInvert};
}

void session_create(benchmark::State& state)
{
    auto const count = static_cast<std::size_t>(state.range(0));
    std::size_t used = 0;
    for (auto _ : state) {
        state.PauseTiming();
        // So that the heap grows anew each time, for few sessions as for many.
        ::malloc_trim(0);
        auto sessions = std::make_unique<population>(count);
        auto const before = heap_bytes();
        state.ResumeTiming();
        sessions->fill();
        state.PauseTiming();
        used = heap_bytes() - before;
        sessions.reset();
        state.ResumeTiming();
    }
    count_sessions(state);
    state.counters["heap_bytes"] = static_cast<double>(used) / static_cast<double>(count);
}

void session_lookup(benchmark::State& state)
{
    population sessions{static_cast<std::size_t>(state.range(0))};
    sessions.fill();
    auto const ids = sessions.shuffled_ids();
    for (auto _ : state) {
        if (!std::ranges::all_of(ids, [&](session_id id) { return sessions.knows(id); })) {
            state.SkipWithError("a session is not known");
        }
    }
    count_sessions(state);
}

/// A page of the list of all sessions: the shard serves no stream meanwhile.
void session_list(benchmark::State& state)
{
    constexpr std::size_t page = 100;
    population sessions{static_cast<std::size_t>(state.range(0))};
    sessions.fill();
    for (auto _ : state) {
        if (sessions.list(page) != page) {
            state.SkipWithError("the page is not full");
        }
    }
    count_sessions(state);
}

void session_expire(benchmark::State& state)
{
    auto const count = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        state.PauseTiming();
        auto sessions = std::make_unique<population>(count);
        sessions->fill();
        state.ResumeTiming();
        auto const expired = sessions->expire();
        state.PauseTiming();
        if (expired != count) {
            state.SkipWithError("not every session expired");
        }
        sessions.reset();
        state.ResumeTiming();
    }
    count_sessions(state);
}

BENCHMARK(session_create)->ArgName("sessions")->Arg(many)->Arg(very_many)->Unit(benchmark::kMillisecond);
BENCHMARK(session_lookup)->ArgName("sessions")->Arg(many)->Arg(very_many)->Unit(benchmark::kMillisecond);
BENCHMARK(session_list)->ArgName("sessions")->Arg(many)->Arg(very_many)->Unit(benchmark::kMillisecond);
BENCHMARK(session_expire)->ArgName("sessions")->Arg(many)->Arg(very_many)->Unit(benchmark::kMillisecond);

} // namespace
