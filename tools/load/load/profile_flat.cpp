#include "clock.hpp"
#include "profiles.hpp"

namespace sluice::load {
namespace {

/// Keeps requests on the way until the time is over, unless the streams fall too far behind: a server may drop clients
/// that do, and this program is those clients.
void publish_flat_out(experiment& run, double seconds)
{
    const auto& chosen = run.chosen;
    const auto end = clock::now() + to_duration(seconds);
    for (auto now = clock::now(); now < end; now = clock::now()) {
        const auto has_room = [&] {
            const auto undelivered = run.counts.expected - run.counts.delivered;
            return run.events.outstanding() < chosen.outstanding && undelivered < chosen.max_behind * chosen.streams;
        };
        while (has_room()) {
            if (chosen.what == profile::batch) {
                run.events.queue_batch(chosen.batch_lines, to_ns(now));
            } else {
                run.events.queue_one(to_ns(now));
            }
        }
        run.events.send_queued();
        run.loop.poll(poll_limit);
    }
}

} // namespace

/// As many events as the server takes, each request with one of them or with a batch.
void run_flat(experiment& run)
{
    run.open_streams();
    run.open_publisher();
    run.line.say("warming up");
    publish_flat_out(run, run.chosen.warm_up_s);
    run.drain();
    const auto what = run.measured([&] { publish_flat_out(run, run.chosen.duration_s); });
    run.add_window(what);
    run.add_exactness();
    run.add_latency(run.counts.latency);
    run.add_costs(what);
}

} // namespace sluice::load
