#include "experiment.hpp"

#include "clock.hpp"
#include "pace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluice::load {
namespace {

std::string_view name_of(profile what)
{
    return std::find_if(profile_names.begin(), profile_names.end(),
                        [what](const auto& each) { return each.second == what; })
        ->first;
}

double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

} // namespace

experiment::experiment(const options& given)
    : chosen(given),
      server(resolve(given.url)),
      publish_server(given.publish_url.empty() ? server : resolve(given.publish_url)),
      measure(given.pid),
      memory_before(measure.read_memory()),
      line(loop, counts),
      groups(make_groups(given, server, publish_server)),
      tokens(given.stream_tokens.empty() ? token_list({}) : read_tokens(given.stream_tokens)),
      context{loop, server, counts, given.ready_event, given.loss_event, tokens},
      streams(context, given.connecting),
      events(loop, groups, counts)
{
    result.add("profile", "profile", std::string(name_of(given.what)));
    result.add("server", "server", server.authority);
}

void experiment::open_streams(const std::function<void(stream&, std::size_t)>& prepare)
{
    for (std::size_t i = 0; i < chosen.streams; ++i) {
        auto& added = streams.add(groups[i % groups.size()]);
        if (prepare) {
            prepare(added, i);
        }
    }
    line.say("opening");
    const auto seconds = std::chrono::duration<double>(streams.open(timeout())).count();
    fmt::print(stderr, "{} streams open\n", chosen.streams); // a sign of life, and for scripts the moment to act
    result.add("streams", "streams", std::uint64_t{chosen.streams});
    result.add("opened_per_second", "streams opened per second", static_cast<double>(chosen.streams) / seconds);
}

void experiment::open_publisher() { events.connect(publish_server, timeout()); }

std::uint64_t experiment::events_in(double seconds) const
{
    return static_cast<std::uint64_t>(std::llround(seconds * chosen.rate));
}

void experiment::publish_for(double seconds)
{
    const auto count = events_in(seconds);
    for (pace due(clock::now(), chosen.rate); due.passed() < count;) {
        if (due.is_due(clock::now())) {
            events.publish(to_ns(due.due()));
            due.advance();
            loop.poll(clock::duration::zero());
        } else {
            loop.poll(until(due.due()));
        }
    }
}

void experiment::drain()
{
    streams.drain(timeout());
    events.await_answers(timeout());
}

window experiment::measured(const std::function<void()>& publish)
{
    line.say("measuring");
    const auto published_before = counts.published;
    const auto delivered_before = counts.delivered;
    const auto bytes_before = counts.bytes;
    counts.latency.clear();
    const auto start = clock::now();
    counts.measured_from_ns = to_ns(start);
    const auto cpu = measure.read_cpu();
    publish();
    drain();
    const cpu_window used{cpu, measure.read_cpu()};
    counts.measured_from_ns = std::numeric_limits<std::uint64_t>::max();
    return {seconds_since(start),
            {counts.published - published_before, counts.delivered - delivered_before, counts.bytes - bytes_before},
            used};
}

void experiment::read_for(double seconds)
{
    const auto end = clock::now() + to_duration(seconds);
    while (clock::now() < end && counts.in(stream_state::ended) < streams.size()) {
        loop.poll(until(end));
    }
}

void experiment::await_quiet_server()
{
    constexpr double interval = 0.05;
    constexpr double most_of_it = 0.05;
    const auto deadline = clock::now() + to_duration(chosen.settle_s);
    double share = 1;
    while (measure.knows_server() && share > most_of_it && clock::now() < deadline) {
        const auto start = clock::now();
        const auto before = measure.read_cpu();
        read_for(interval);
        share = cpu_window{before, measure.read_cpu()}.server_seconds() / seconds_since(start);
    }
}

void experiment::add_window(const window& what)
{
    const auto rate = [&what](std::uint64_t count) { return static_cast<double>(count) / what.seconds; };
    result.add("published", "events published", what.done.published);
    result.add("seconds", "measured, s", what.seconds);
    result.add("deliveries", "deliveries", what.done.deliveries);
    result.add("bytes", "bytes received", what.done.bytes);
    result.add("deliveries_per_second", "deliveries per second", rate(what.done.deliveries));
    result.add("events_per_second", "  events", rate(what.done.published));
    result.add("bytes_per_second", "  bytes", rate(what.done.bytes));
}

void experiment::add_exactness()
{
    const auto lost = streams.lost();
    const auto told_lost = streams.told_lost();
    const auto absent = streams.size() - counts.in(stream_state::live)-std::min(counts.closed, streams.size());
    const auto refused = events.refused();
    result.add("lost", "lost", lost);
    result.add("told_lost", "  beside them, dropped by the server's account", told_lost);
    result.add("duplicated", "duplicated", counts.duplicated);
    result.add("misordered", "out of order", counts.misordered);
    result.add("unexpected", "damaged or not ours", counts.unexpected);
    result.add("closed", "streams that ended", counts.closed);
    result.add("absent", "streams that did not come back", absent);
    result.add("refused", "publishes refused or unanswered", refused);
    if (!counts.first_failure.empty()) {
        result.add("first_failure", "first stream to end", counts.first_failure);
    }
    const auto told_lost_that_counts = chosen.what == profile::stall ? 0 : told_lost;
    is_clean = lost + told_lost_that_counts + counts.duplicated + counts.misordered + counts.unexpected +
                   counts.closed + absent + refused ==
               0;
}

void experiment::add_latency(const histogram& latency, std::string_view prefix)
{
    const auto add = [&](std::string_view key, std::string_view label, std::uint64_t ns) {
        const auto name = prefix.empty() ? std::string() : fmt::format("{}_", prefix);
        const auto shown = prefix.empty() ? std::string() : fmt::format("{}: ", prefix);
        result.add(fmt::format("{}latency_{}_us", name, key), fmt::format("{}latency {}, us", shown, label),
                   static_cast<double>(ns) / 1e3);
    };
    add("p50", "p50", latency.value_at(0.5));
    add("p90", "p90", latency.value_at(0.9));
    add("p99", "p99", latency.value_at(0.99));
    add("p999", "p99.9", latency.value_at(0.999));
    add("max", "max", latency.max());
}

void experiment::add_costs(const window& what)
{
    measure.add_cpu_to(result, what.cpu, what.done, what.seconds);
    measure.add_memory_to(result, memory_before, measure.read_memory(), chosen.streams);
}

} // namespace sluice::load
