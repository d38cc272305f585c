#include "experiment.hpp"

#include "clock.hpp"

#include <fmt/format.h>

#include <random>

namespace sluice::load {
namespace {

constexpr auto event_type = "load";

std::uint64_t random_number()
{
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

std::string_view name_of(profile what)
{
    switch (what) {
    case profile::prompt:
        return "prompt";
    case profile::flat:
        return "flat";
    case profile::batch:
        return "batch";
    case profile::idle:
        break;
    }
    return "idle";
}

std::string make_stream_request(const options& chosen, const endpoint& server)
{
    return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\nUser-Agent: sluice-load\r\n\r\n",
                       chosen.path, server.authority);
}

} // namespace

experiment::experiment(const options& given)
    : chosen(given),
      server(resolve(given.url)),
      measure(given.pid),
      settings{make_stream_request(given, server), given.ready_event, event_type,
               payload_format(random_number(), given.payload_bytes)},
      streams(loop, settings, counts)
{
    result.add("profile", "profile", std::string(name_of(given.what)));
    result.add("server", "server", server.authority);
}

publisher_settings experiment::make_publisher_settings() const
{
    return {chosen.publish_path, event_type, settings.payload};
}

void experiment::open_streams()
{
    const auto took = streams.open(server, chosen.streams, to_duration(chosen.timeout_s));
    const auto seconds = std::chrono::duration<double>(took).count();
    fmt::print(stderr, "{} streams open\n",
               chosen.streams); // a sign of life, and for scripts the moment to act
    result.add("streams", "streams", std::uint64_t{chosen.streams});
    result.add("opened_per_second", "streams opened per second", static_cast<double>(chosen.streams) / seconds);
}

void experiment::publish_paced(publisher& events, std::uint64_t count)
{
    const auto start = clock::now();
    std::uint64_t published = 0;
    while (published < count) {
        const auto due = start + to_duration(static_cast<double>(published) / chosen.rate);
        const auto now = clock::now();
        if (now >= due) {
            events.publish(to_ns(due));
            ++published;
        }
        loop.poll(now >= due ? clock::duration::zero() : due - now);
    }
}

void experiment::measure_publishing(publisher& events, const std::function<void()>& warm_up,
                                    const std::function<void()>& measured)
{
    const auto limit = to_duration(chosen.timeout_s);
    warm_up();
    streams.drain(limit);
    events.await_answers(limit);

    counts.measured_from = counts.published;
    const auto before = counts.delivered;
    const auto bytes_before = counts.bytes;
    const auto start = clock::now();
    measure.start_cpu();
    measured();
    streams.drain(limit);
    events.await_answers(limit);
    measure.stop_cpu();
    const auto seconds = std::chrono::duration<double>(clock::now() - start).count();
    measure.look_at_memory();

    const auto deliveries = counts.delivered - before;
    result.add("published", "events published", counts.published - counts.measured_from);
    result.add("seconds", "measured, s", seconds);
    result.add("deliveries", "deliveries", deliveries);
    result.add("bytes", "bytes received", counts.bytes - bytes_before);
    add_exactness(events.refused());
    add_latency();
    measure.add_cpu_to(result, deliveries, seconds);
    measure.add_memory_to(result, chosen.streams);
}

void experiment::add_exactness(std::uint64_t refused)
{
    const auto lost = streams.lost();
    result.add("lost", "lost", lost);
    result.add("duplicated", "duplicated", counts.duplicated);
    result.add("misordered", "out of order", counts.misordered);
    result.add("unexpected", "damaged or not ours", counts.unexpected);
    result.add("closed", "streams that ended", counts.closed);
    result.add("refused", "publishes refused or unanswered", refused);
    if (!counts.first_failure.empty()) {
        result.add("first_failure", "first stream to end", counts.first_failure);
    }
    is_clean = lost + counts.duplicated + counts.misordered + counts.unexpected + counts.closed + refused == 0;
}

void experiment::add_latency()
{
    const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e3; };
    const auto& latency = counts.latency;
    result.add("latency_p50_us", "latency p50, us", us(latency.value_at(0.5)));
    result.add("latency_p90_us", "latency p90, us", us(latency.value_at(0.9)));
    result.add("latency_p99_us", "latency p99, us", us(latency.value_at(0.99)));
    result.add("latency_p999_us", "latency p99.9, us", us(latency.value_at(0.999)));
    result.add("latency_max_us", "latency max, us", us(latency.max()));
}

} // namespace sluice::load
