#include "clock.hpp"
#include "profiles.hpp"

namespace sluice::load {

/// Streams on which nothing happens: what they cost in memory, and whether they cost CPU time.
void run_idle(experiment& run)
{
    run.open_streams();
    run.line.say("settling");
    run.read_for(run.chosen.settle_s);
    window what;
    const auto start = clock::now();
    what.cpu.start = run.measure.read_cpu();
    run.line.say("measuring");
    run.read_for(run.chosen.duration_s); // heartbeats come
    what.cpu.stop = run.measure.read_cpu();
    what.seconds = std::chrono::duration<double>(clock::now() - start).count();

    run.result.add("seconds", "measured, s", what.seconds);
    run.result.add("bytes", "bytes received", run.counts.bytes);
    run.add_exactness();
    run.add_costs(what);
}

} // namespace sluice::load
