#include "clock.hpp"
#include "profiles.hpp"

#include <limits>

namespace sluice::load {
namespace {

/// The return of all streams at once.
struct comeback {
    double seconds = 0;       ///< until every one has all that it missed; no number when that never came
    std::uint64_t missed = 0; ///< events that were replayed, over all streams
    cpu_window cpu;
};

/// As fast as answers come; all are answered when it returns, so every event has its place before anyone returns.
void publish_meanwhile(experiment& run, std::size_t count)
{
    std::size_t published = 0;
    while (published < count) {
        for (; published < count && run.events.outstanding() < run.chosen.outstanding; ++published) {
            run.events.queue_one(to_ns(clock::now()));
        }
        run.events.send_queued();
        run.loop.poll(poll_limit);
    }
    run.events.await_answers(run.timeout());
}

comeback drop_and_return(experiment& run, std::size_t missed)
{
    run.line.say("away");
    run.streams.drop_all();
    publish_meanwhile(run, missed);
    run.await_quiet_server();

    run.line.say("returning");
    comeback what;
    const auto delivered = run.counts.delivered;
    const auto start = clock::now();
    what.cpu.start = run.measure.read_cpu();
    const bool is_complete = run.streams.drain(run.timeout());
    what.cpu.stop = run.measure.read_cpu();
    what.seconds = is_complete ? std::chrono::duration<double>(clock::now() - start).count()
                               : std::numeric_limits<double>::quiet_NaN();
    what.missed = run.counts.delivered - delivered;
    return what;
}

void publish_live(experiment& run)
{
    run.line.say("publishing");
    run.publish_for(run.chosen.warm_up_s);
    run.drain();
}

void add_cpu(report& result, const comeback& with_events, const comeback& plain, std::size_t streams)
{
    const auto gross = with_events.cpu.server_seconds();
    const auto reconnections = plain.cpu.server_seconds();
    const auto per_event = [&](double seconds) { return seconds * 1e6 / static_cast<double>(with_events.missed); };
    result.add("server_cpu_us_per_reconnection", "server CPU per reconnection with nothing missed, us",
               reconnections * 1e6 / static_cast<double>(streams));
    result.add("server_cpu_us_per_replayed_event_gross", "server CPU per replayed event, all in all, us",
               per_event(gross));
    result.add("server_cpu_us_per_replayed_event", "  without the cost of the reconnections, us",
               per_event(gross - reconnections));
}

} // namespace

/// All sessions drop, events pass, and all come back at once; then the same without events, for what a reconnection
/// costs alone.
void run_resume(experiment& run)
{
    run.open_streams();
    run.open_publisher();
    publish_live(run);
    const auto with_events = drop_and_return(run, run.chosen.missed);
    publish_live(run);
    const auto plain = drop_and_return(run, 0);
    publish_live(run);

    auto& result = run.result;
    const auto streams = static_cast<double>(run.chosen.streams);
    result.add("missed", "events published while all were away", std::uint64_t{run.chosen.missed});
    result.add("replayed_events", "events replayed", with_events.missed);
    result.add("caught_up_s", "all had caught up after, s", with_events.seconds);
    result.add("replayed_per_second", "events replayed per second",
               static_cast<double>(with_events.missed) / with_events.seconds);
    result.add("reconnected_s", "with nothing missed, all were back after, s", plain.seconds);
    result.add("reconnections_per_second", "  reconnections per second", streams / plain.seconds);
    run.add_exactness();
    if (run.measure.knows_server()) {
        add_cpu(result, with_events, plain, run.chosen.streams);
    }
    result.add("own_cpu_share_percent", "CPU of this program while events were replayed, % of one core",
               100 * with_events.cpu.own_seconds() / with_events.seconds);
}

} // namespace sluice::load
