#include "clock.hpp"
#include "pace.hpp"
#include "profiles.hpp"

namespace sluice::load {
namespace {

/// The next stream in turn leaves and comes back; not when it is still on its way back, or the listener has enough to
/// do.
bool churn_one(experiment& run)
{
    auto& next = run.streams.next_in_turn();
    if (!next.is(stream_state::live) || !run.streams.has_room_to_connect()) {
        return false;
    }
    next.drop();
    if (run.chosen.is_churn_fresh) {
        next.become_new_client();
    }
    next.connect();
    return true;
}

/// The number of streams that left and came back.
std::uint64_t publish_and_churn(experiment& run)
{
    const auto count = run.events_in(run.chosen.duration_s);
    const auto start = clock::now();
    pace publishing(start, run.chosen.rate);
    pace leaving(start, run.chosen.churn_rate);
    std::uint64_t churned = 0;
    while (publishing.passed() < count) {
        const auto now = clock::now();
        if (publishing.is_due(now)) {
            run.events.publish(to_ns(publishing.due()));
            publishing.advance();
        }
        if (leaving.is_due(now)) {
            if (churn_one(run)) {
                ++churned;
            }
            leaving.advance();
        }
        run.loop.poll(until(std::min(publishing.due(), leaving.due())));
    }
    return churned;
}

} // namespace

/// A paced broadcast to clients that come and go.
void run_churn(experiment& run)
{
    run.open_streams();
    run.open_publisher();
    run.line.say("warming up");
    run.publish_for(run.chosen.warm_up_s);
    run.drain();
    std::uint64_t churned = 0;
    const auto what = run.measured([&] { churned = publish_and_churn(run); });
    run.add_window(what);
    run.result.add("churned", "streams that left and came back", churned);
    run.result.add("churned_per_second", "  per second", static_cast<double>(churned) / what.seconds);
    run.add_exactness();
    run.add_latency(run.counts.latency);
    run.add_costs(what);
}

} // namespace sluice::load
