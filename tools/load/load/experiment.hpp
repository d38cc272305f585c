#pragma once

#include "../common/endpoint.hpp"
#include "../common/reactor.hpp"
#include "event_group.hpp"
#include "fleet.hpp"
#include "meter.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "publisher.hpp"
#include "report.hpp"
#include "tally.hpp"
#include "token_list.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace sluice::load {

/// What was done in a time.
struct window {
    double seconds = 0;
    work done;
    cpu_window cpu;
};

/// What every profile works with: the server's address, the streams, what they saw, and the figures.
class experiment {
public:
    explicit experiment(const options& chosen);

    /// Opens the streams and reports how long that took. `prepare` sees each stream, and its number, before it
    /// connects.
    void open_streams(const std::function<void(stream&, std::size_t)>& prepare = {});
    void open_publisher();

    /// Publishes events evenly at the rate, from now on.
    void publish_for(double seconds);
    /// The number of events that this is.
    std::uint64_t events_in(double seconds) const;
    /// Waits until everyone who reads has everything, and all that was published is answered.
    void drain();
    /// Takes what `publish` publishes as measured. All from before should be drained; all of it is drained before the
    /// clocks stop, so that CPU time and deliveries are of the same events.
    window measured(const std::function<void()>& publish);
    /// Reads on until the time is over or no stream is left.
    void read_for(double seconds);
    /// Waits until the server has done what it still had to do, as closing connections, so that this is not counted on
    /// what follows; at most `--settle`. Nothing to wait for when its process is not known.
    void await_quiet_server();

    void add_window(const window& what);
    /// Reports what was lost, doubled and so on, and decides `is_clean`.
    void add_exactness();
    /// Reports percentiles; `prefix` tells them from others of the run.
    void add_latency(const histogram& latency, std::string_view prefix = {});
    /// Reports CPU time per delivery, and the server's memory now.
    void add_costs(const window& what);

    std::chrono::nanoseconds timeout() const { return to_duration(chosen.timeout_s); }

    bool is_clean = false;
    const options& chosen;
    reactor loop;
    endpoint server;
    endpoint publish_server;
    meter measure;
    memory_reading memory_before;
    tally counts;
    progress line;
    std::vector<event_group> groups;
    token_list tokens;
    stream_context context;
    fleet streams;
    publisher events;
    report result;
};

} // namespace sluice::load
