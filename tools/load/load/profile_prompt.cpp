#include "profiles.hpp"

namespace sluice::load {

/// Events at an even rate.
void run_prompt(experiment& run)
{
    run.open_streams();
    run.open_publisher();
    run.line.say("warming up");
    run.publish_for(run.chosen.warm_up_s);
    run.drain();
    const auto what = run.measured([&] { run.publish_for(run.chosen.duration_s); });
    run.add_window(what);
    run.add_exactness();
    run.add_latency(run.counts.latency);
    run.add_costs(what);
}

} // namespace sluice::load
