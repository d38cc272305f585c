#include "clock.hpp"
#include "experiment.hpp"

#include <cmath>

namespace sluice::load {
namespace {

std::uint64_t events_in(double seconds, double rate)
{
    return static_cast<std::uint64_t>(std::llround(seconds * rate));
}

} // namespace

/// Events at an even rate. The warm-up is drained before the clocks start, and the measured events before
/// they stop, so that CPU time and deliveries are of the same events.
void run_prompt(experiment& run)
{
    const auto limit = to_duration(run.chosen.timeout_s);
    run.open_streams();
    publisher events(run.loop, run.make_publisher_settings(), run.counts);
    events.connect(run.server, limit);
    run.publish_paced(events, events_in(run.chosen.warm_up_s, run.chosen.rate));
    run.streams.drain(limit);

    run.counts.measured_from = run.counts.published;
    const auto before = run.counts.delivered;
    const auto bytes_before = run.counts.bytes;
    const auto start = clock::now();
    run.measure.start_cpu();
    run.publish_paced(events, events_in(run.chosen.duration_s, run.chosen.rate));
    run.streams.drain(limit);
    events.await_answers(limit);
    run.measure.stop_cpu();
    const auto seconds = std::chrono::duration<double>(clock::now() - start).count();
    run.measure.look_at_memory();

    const auto deliveries = run.counts.delivered - before;
    run.result.add("published", "events published", run.counts.published - run.counts.measured_from);
    run.result.add("seconds", "measured, s", seconds);
    run.result.add("deliveries", "deliveries", deliveries);
    run.result.add("bytes", "bytes received", run.counts.bytes - bytes_before);
    run.add_exactness(events.refused());
    run.add_latency();
    run.measure.add_cpu_to(run.result, deliveries, seconds);
    run.measure.add_memory_to(run.result, run.chosen.streams);
}

} // namespace sluice::load
