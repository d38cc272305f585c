#pragma once

#include "../common/endpoint.hpp"
#include "../common/reactor.hpp"
#include "fleet.hpp"
#include "meter.hpp"
#include "options.hpp"
#include "publisher.hpp"
#include "report.hpp"
#include "tally.hpp"

#include <functional>

namespace sluice::load {

/// What every profile works with: the server's address, the streams, what they saw, and the figures.
class experiment {
public:
    explicit experiment(const options& chosen);

    /// Opens the streams and reports how long that took.
    void open_streams();
    /// Publishes `count` events evenly at the rate, from now on.
    void publish_paced(publisher& events, std::uint64_t count);
    /// Reports what was lost, doubled and so on; `refused` is the publisher's count. Decides `is_clean`.
    void add_exactness(std::uint64_t refused);
    void add_latency();
    /// Publishes by `warm_up` and, measured, by `measured`, and reports the figures of that. The warm-up is drained
    /// before the clocks start, and the measured events before they stop, so that CPU time and deliveries are of the
    /// same events.
    void measure_publishing(publisher& events, const std::function<void()>& warm_up,
                            const std::function<void()>& measured);

    publisher_settings make_publisher_settings() const;

    bool is_clean = false;
    const options& chosen;
    reactor loop;
    endpoint server;
    meter measure;
    tally counts;
    stream_settings settings;
    fleet streams;
    report result;
};

/// The profiles. Each fills `result` and throws std::runtime_error when it cannot be carried out.
void run_prompt(experiment& run);
void run_flat(experiment& run);
void run_idle(experiment& run);

} // namespace sluice::load
