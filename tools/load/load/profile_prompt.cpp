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

/// Events at an even rate.
void run_prompt(experiment& run)
{
    run.open_streams();
    publisher events(run.loop, run.make_publisher_settings(), run.counts);
    events.connect(run.server, to_duration(run.chosen.timeout_s));
    const auto publish_for = [&](double seconds) { run.publish_paced(events, events_in(seconds, run.chosen.rate)); };
    run.measure_publishing(
        events, [&] { publish_for(run.chosen.warm_up_s); }, [&] { publish_for(run.chosen.duration_s); });
}

} // namespace sluice::load
