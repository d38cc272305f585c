#include "clock.hpp"
#include "experiment.hpp"

namespace sluice::load {
namespace {

/// Keeps reading (heartbeats come) until the time is over or no stream is left.
void read_for(experiment& run, double seconds)
{
    const auto until = clock::now() + to_duration(seconds);
    for (auto now = clock::now(); now < until && run.counts.closed < run.streams.size(); now = clock::now()) {
        run.loop.poll(until - now);
    }
}

} // namespace

/// Streams on which nothing happens: what they cost in memory, and whether they cost CPU time.
void run_idle(experiment& run)
{
    run.open_streams();
    read_for(run, run.chosen.settle_s);
    const auto start = clock::now();
    run.measure.start_cpu();
    read_for(run, run.chosen.duration_s);
    run.measure.stop_cpu();
    const auto seconds = std::chrono::duration<double>(clock::now() - start).count();
    run.measure.look_at_memory();

    run.result.add("seconds", "measured, s", seconds);
    run.result.add("bytes", "bytes received", run.counts.bytes);
    run.add_exactness(0);
    run.measure.add_cpu_to(run.result, 0, seconds);
    run.measure.add_memory_to(run.result, run.chosen.streams);
}

} // namespace sluice::load
