#include "profiles.hpp"

#include <stdexcept>
#include <vector>

namespace sluice::load {
namespace {

/// Small, so that a stalled client soon leaves the server with what it cannot send: without them, segments on loopback
/// are so large that the kernel takes a whole window's events for every connection. The segment is that of an Ethernet.
constexpr socket_bounds bounds{.receive_buffer = 4096, .segment = 1460};

/// A paced part of the run, and the server's memory before and after it.
struct part {
    memory_reading before;
    window what;
    histogram latency;
    memory_reading after;
};

using stalled_streams = std::vector<stream*>;

stalled_streams open_streams(experiment& run)
{
    stalled_streams stalled;
    const auto share = run.chosen.stall_share;
    const auto stalled_among = [share](std::size_t first) {
        return static_cast<std::size_t>(static_cast<double>(first) * share);
    };
    run.open_streams([&](stream& each, std::size_t number) {
        if (stalled_among(number + 1) > stalled_among(number)) { // evenly among the others
            each.prepare_to_stall(bounds);
            stalled.push_back(&each);
        }
    });
    if (stalled.empty()) {
        throw std::runtime_error("so small a share of so few streams is none");
    }
    return stalled;
}

part measure(experiment& run)
{
    part result;
    result.before = run.measure.read_memory();
    run.line.say("warming up");
    run.publish_for(run.chosen.warm_up_s);
    run.drain();
    result.what = run.measured([&] { run.publish_for(run.chosen.duration_s); });
    result.latency = run.counts.latency;
    result.after = run.measure.read_memory();
    return result;
}

/// What shows that the stall was real: what the kernel holds for a client, beside how far it is behind.
void add_depth(experiment& run, const stalled_streams& stalled)
{
    std::uint64_t unread = 0;
    std::uint64_t behind = 0;
    for (const auto* each : stalled) {
        unread += each->unread();
        behind += each->check().behind();
    }
    const auto count = static_cast<double>(stalled.size());
    run.result.add("stalled", "streams stalled", std::uint64_t{stalled.size()});
    run.result.add("stalled_receive_buffer_bytes", "  SO_RCVBUF of each, bytes",
                   static_cast<std::uint64_t>(bounds.receive_buffer));
    run.result.add("stalled_segment_bytes", "  TCP_MAXSEG of each, bytes", static_cast<std::uint64_t>(bounds.segment));
    run.result.add("stalled_behind_events", "  behind in the end by events, mean", static_cast<double>(behind) / count);
    run.result.add("stalled_unread_bytes", "  of which in their receive buffers, bytes, mean",
                   static_cast<double>(unread) / count);
}

void add_memory(experiment& run, const part& baseline, const part& stall, std::size_t stalled)
{
    auto& result = run.result;
    const auto& kernel_before = stall.before.kernel_tcp;
    if (run.measure.knows_server()) {
        const auto growth = [](const part& of) { return growth_per(of.before.server.rss, of.after.server.rss, 1); };
        result.add("server_rss_before_stall_bytes", "server memory before the stall, bytes", stall.before.server.rss);
        result.add("server_rss_with_stall_bytes", "server memory with it, bytes", stall.after.server.rss);
        result.add("baseline_server_rss_growth_bytes", "  growth over the time without stall, bytes", growth(baseline));
        result.add("stall_server_rss_growth_bytes", "  growth over the time with it, bytes", growth(stall));
        result.add("server_rss_per_stalled_bytes", "  difference of the two per stalled stream, bytes",
                   excess_per(growth(baseline), growth(stall), stalled));
    }
    result.add("kernel_tcp_per_stalled_bytes", "kernel TCP buffers per stalled stream, both ends",
               growth_per(kernel_before, stall.after.kernel_tcp, stalled));
}

} // namespace

/// Whether clients that do not read disturb those that do, and whether they get everything when they read again.
void run_stall(experiment& run)
{
    const auto stalled = open_streams(run);
    run.open_publisher();
    const auto baseline = measure(run);
    for (auto* each : stalled) {
        each->stop_reading();
    }
    const auto stall = measure(run);
    add_depth(run, stalled);
    run.line.say("reading on");
    for (auto* each : stalled) {
        each->go_on_reading();
    }
    run.drain();

    auto& result = run.result;
    result.add("stalled_closed_by_server", "  closed by the server meanwhile", run.counts.closed_when_stalled);
    run.add_window(stall.what);
    run.add_exactness();
    run.add_latency(baseline.latency, "baseline");
    run.add_latency(stall.latency, "stall");
    result.add("latency_p99_ratio", "p99 with the stall, by that without",
               static_cast<double>(stall.latency.value_at(0.99)) /
                   static_cast<double>(baseline.latency.value_at(0.99)));
    if (run.measure.knows_server()) {
        result.add("baseline_server_cpu_us_per_delivery", "server CPU per delivery without stall, us",
                   baseline.what.cpu.server_seconds() * 1e6 / static_cast<double>(baseline.what.done.deliveries));
    }
    run.measure.add_cpu_to(result, stall.what.cpu, stall.what.done, stall.what.seconds);
    add_memory(run, baseline, stall, stalled.size());
}

} // namespace sluice::load
