#include "clock.hpp"
#include "experiment.hpp"

namespace sluice::load {
namespace {

constexpr std::chrono::milliseconds poll_limit{50};

/// Keeps requests on the way until the time is over, unless the streams fall too far behind: a server may drop clients
/// that do, and this program is those clients.
void publish_flat_out(experiment& run, publisher& events, double seconds)
{
    const auto& chosen = run.chosen;
    const auto until = clock::now() + to_duration(seconds);
    for (auto now = clock::now(); now < until; now = clock::now()) {
        const auto has_room = [&] {
            const auto undelivered = run.counts.published * chosen.streams - run.counts.delivered;
            return events.outstanding() < chosen.outstanding && undelivered < chosen.max_behind * chosen.streams;
        };
        while (has_room()) {
            if (chosen.what == profile::batch) {
                events.queue_batch(chosen.batch_lines, to_ns(now));
            } else {
                events.queue_one(to_ns(now));
            }
        }
        events.send_queued();
        run.loop.poll(poll_limit);
    }
}

} // namespace

/// As many events as the server takes, each request with one of them or with a batch.
void run_flat(experiment& run)
{
    run.open_streams();
    publisher events(run.loop, run.make_publisher_settings(), run.counts);
    events.connect(run.server, to_duration(run.chosen.timeout_s));
    run.measure_publishing(
        events, [&] { publish_flat_out(run, events, run.chosen.warm_up_s); },
        [&] { publish_flat_out(run, events, run.chosen.duration_s); });
}

} // namespace sluice::load
