#include <sluice/fan_out/event_ring.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using namespace sluice;
using namespace std::chrono_literals;

using frames = std::vector<boost::intrusive_ptr<frame>>;

constexpr std::size_t capacity = 8192;
constexpr std::size_t batch = 256;

#ifdef NDEBUG
constexpr std::int64_t pushes = 200'000;
#else
constexpr std::int64_t pushes = 1'000; // not for measuring
#endif

boost::intrusive_ptr<frame> make_frame() { return frame::make({.id = "", .type = "", .data = "x"}, {}, {}); }

/// What a simpler design would use. Its reader too takes many frames at a time, for one lock.
class locked_queue {
public:
    locked_queue(std::size_t limit, std::size_t /*readers*/, std::uint64_t epoch) : limit_{limit}, epoch_{epoch} {}

    bool try_push(std::span<boost::intrusive_ptr<frame> const> some)
    {
        std::lock_guard const lock{guard_};
        if (queue_.size() + some.size() > limit_) {
            return false;
        }
        for (auto const& f : some) {
            f->stamp({.hi = epoch_, .lo = ++last_});
            queue_.emplace_back(f);
        }
        return true;
    }

    template <class F>
    std::size_t poll(std::size_t /*reader*/, std::size_t limit, F&& f)
    {
        {
            std::lock_guard const lock{guard_};
            for (auto count = std::min(limit, queue_.size()); count != 0; --count) {
                taken_.push_back(std::move(queue_.front()));
                queue_.pop_front();
            }
        }
        auto const count = taken_.size();
        for (auto& each : taken_) {
            f(std::move(each));
        }
        taken_.clear();
        return count;
    }

private:
    std::mutex guard_;
    std::deque<shared_frame> queue_;
    std::vector<shared_frame> taken_;
    std::size_t limit_;
    std::uint64_t epoch_;
    std::uint64_t last_ = 0;
};

/// A thread that takes everything out, as a shard does: all that is there, then it sleeps. Looking at an empty queue
/// without end would slow the publishers down, and most of all those who need a lock.
template <class Queue>
class reader {
public:
    explicit reader(Queue& q) : thread_{[this, &q] { run(q); }} {}

    /// Takes the rest; returns how many there were in all, each in its order.
    [[nodiscard]] std::uint64_t finish()
    {
        over_ = true;
        thread_.join();
        return in_order_;
    }

private:
    void run(Queue& q)
    {
        for (bool last = false; !last;) {
            last = over_;
            while (q.poll(0, batch, [this](shared_frame const& f) { in_order_ += f->sequence() == in_order_ + 1; }) !=
                   0) {
            }
            std::this_thread::sleep_for(20us);
        }
    }

    std::atomic<bool> over_ = false;
    std::uint64_t in_order_ = 0;
    std::thread thread_;
};

/// The benchmark's threads push frames that were made before; one thread beside them takes everything out.
template <class Queue>
void push_through(benchmark::State& state)
{
    static std::unique_ptr<Queue> queue;
    static std::unique_ptr<reader<Queue>> taker;
    if (state.thread_index() == 0) {
        queue = std::make_unique<Queue>(capacity, 1, 1);
        taker = std::make_unique<reader<Queue>>(*queue);
    }
    frames made(static_cast<std::size_t>(pushes));
    std::ranges::generate(made, make_frame);
    auto next = made.cbegin();
    for (auto _ : state) {
        while (!queue->try_push({&*next, 1})) {
            std::this_thread::yield();
        }
        ++next;
    }
    state.SetItemsProcessed(state.iterations());
    if (state.thread_index() == 0) {
        if (taker->finish() != static_cast<std::uint64_t>(pushes) * static_cast<std::uint64_t>(state.threads())) {
            state.SkipWithError("not every frame came through in order");
        }
        taker = nullptr;
        queue = nullptr;
    }
}
BENCHMARK(push_through<event_ring>)->ThreadRange(1, 4)->Iterations(pushes)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(push_through<locked_queue>)->ThreadRange(1, 4)->Iterations(pushes)->MeasureProcessCPUTime()->UseRealTime();

/// The ring alone, without threads: what one event costs from push to every reader.
void push_and_poll(benchmark::State& state)
{
    auto const readers = static_cast<std::size_t>(state.range(0));
    event_ring ring{capacity, readers, 1};
    for (auto _ : state) {
        auto const f = make_frame();
        benchmark::DoNotOptimize(ring.try_push({&f, 1}));
        for (std::size_t r = 0; r != readers; ++r) {
            ring.poll(r, 1, [](shared_frame const& got) { benchmark::DoNotOptimize(got.get()); });
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(push_and_poll)->ArgName("readers")->Arg(1)->Arg(2)->Arg(4);

} // namespace
