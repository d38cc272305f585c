#include <sluice/fan_out/event_ring.hpp>

#include <benchmark/benchmark.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using namespace sluice;

constexpr std::size_t capacity = 8192;

boost::intrusive_ptr<frame> make_frame() { return frame::make({.id = "", .type = "", .data = "x"}, {}, {}); }

/// What a simpler design would use.
class locked_queue {
public:
    locked_queue(std::size_t limit, std::size_t /*readers*/, std::uint64_t epoch) : limit_{limit}, epoch_{epoch} {}

    bool try_push(std::span<boost::intrusive_ptr<frame> const> frames)
    {
        std::lock_guard const lock{guard_};
        if (queue_.size() + frames.size() > limit_) {
            return false;
        }
        for (auto const& f : frames) {
            f->stamp({.hi = epoch_, .lo = ++last_});
            queue_.emplace_back(f);
        }
        return true;
    }

    template <class F>
    std::size_t poll(std::size_t /*reader*/, std::size_t limit, F&& f)
    {
        std::size_t taken = 0;
        for (; taken != limit; ++taken) {
            shared_frame next;
            {
                std::lock_guard const lock{guard_};
                if (queue_.empty()) {
                    break;
                }
                next = std::move(queue_.front());
                queue_.pop_front();
            }
            f(std::move(next));
        }
        return taken;
    }

private:
    std::mutex guard_;
    std::deque<shared_frame> queue_;
    std::size_t limit_;
    std::uint64_t epoch_;
    std::uint64_t last_ = 0;
};

/// The benchmark's threads push; one thread beside them takes everything out.
template <class Queue>
void push_through(benchmark::State& state)
{
    static std::unique_ptr<Queue> queue;
    static std::atomic<bool> over;
    static std::jthread reader;
    if (state.thread_index() == 0) {
        over = false;
        queue = std::make_unique<Queue>(capacity, 1, 1);
        reader = std::jthread{[] {
            while (!over) {
                if (queue->poll(0, 256, [](shared_frame const&) {}) == 0) {
                    std::this_thread::yield();
                }
            }
        }};
    }
    for (auto _ : state) {
        auto const f = make_frame();
        while (!queue->try_push({&f, 1})) {
            std::this_thread::yield();
        }
    }
    state.SetItemsProcessed(state.iterations());
    if (state.thread_index() == 0) {
        over = true;
        reader.join();
        queue = nullptr;
    }
}
BENCHMARK(push_through<event_ring>)->Threads(1)->Threads(2)->Threads(4)->UseRealTime();
BENCHMARK(push_through<locked_queue>)->Threads(1)->Threads(2)->Threads(4)->UseRealTime();

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
