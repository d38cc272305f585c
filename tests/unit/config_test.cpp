#include <sluice/config.hpp>

#include <sluice/broker.hpp>
#include <sluice/limits.hpp>

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>
#include <polled_hub.hpp>
#include <received.hpp>

#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// What the broker's constructor says of the configuration; empty: it takes it.
[[nodiscard]] std::string complaint(broker_config const& c)
{
    boost::asio::io_context context;
    try {
        broker const b{{context.get_executor()}, c};
    } catch (std::invalid_argument const& e) {
        return e.what();
    }
    return {};
}

TEST_SUITE_BEGIN("config");

TEST_CASE("a value out of range is told by the broker's constructor, with the field's name")
{
    struct row {
        std::string expected;
        std::function<void(broker_config&)> set;
    };
    std::vector<row> const rows{
        {"log_config::ring_size is 1000", [](broker_config& c) { c.log.ring_size = 1000; }},
        {"log_config::ring_size is 0", [](broker_config& c) { c.log.ring_size = 0; }},
        {"log_config::ring_size is 33554432", [](broker_config& c) { c.log.ring_size = 2 * max_ring_size; }},
        {"session_config::cleanup_interval is 0 ms", [](broker_config& c) { c.sessions.cleanup_interval = 0ms; }},
        {"session_config::buffer_ttl is -1 ms", [](broker_config& c) { c.sessions.buffer_ttl = -1ms; }},
        {"stream_config::retry is -1 ms", [](broker_config& c) { c.streams.retry = -1ms; }},
        {"stream_config::heartbeat_interval is -1 ms", [](broker_config& c) { c.streams.heartbeat_interval = -1ms; }},
        {"stream_config::write_timeout is -1 ms", [](broker_config& c) { c.streams.write_timeout = -1ms; }},
        {"stream_config::drain_spread is -1 ms", [](broker_config& c) { c.streams.drain_spread = -1ms; }},
    };
    for (auto const& r : rows) {
        CAPTURE(r.expected);
        broker_config c;
        r.set(c);
        CHECK(complaint(c).find(r.expected) != std::string::npos);
    }
    CHECK(complaint({}).empty());
}

TEST_CASE("the least and the greatest values are taken")
{
    broker_config c;
    c.sessions = {.buffer_size = 0, .buffer_ttl = 0ms, .cleanup_interval = 1ms, .max_sessions = 0, .thrash_limit = 0};
    c.streams = {.retry = 0ms,
                 .heartbeat_interval = 0ms,
                 .write_timeout = 0ms,
                 .max_lag = 0,
                 .max_connections = 0,
                 .drain_spread = 0ms};
    c.log = {.max_events = 0, .max_bytes = 0, .max_event_bytes = 0, .ring_size = 1};
    CHECK(complaint(c).empty());
    constexpr auto most = std::numeric_limits<std::size_t>::max();
    c.sessions = {.buffer_size = most,
                  .buffer_ttl = milliseconds::max(),
                  .cleanup_interval = milliseconds::max(),
                  .max_sessions = most,
                  .thrash_limit = most};
    c.streams = {.retry = milliseconds::max(),
                 .heartbeat_interval = milliseconds::max(),
                 .write_timeout = milliseconds::max(),
                 .max_connections = most,
                 .drain_spread = milliseconds::max()};
    c.log = {.max_events = most, .max_bytes = most, .max_event_bytes = most};
    CHECK(complaint(c).empty());
}

TEST_CASE("the greatest times are long, not short, and the greatest numbers hold what comes")
{
    broker_config c;
    c.sessions.buffer_size = std::numeric_limits<std::size_t>::max();
    c.sessions.buffer_ttl = milliseconds::max();
    c.sessions.cleanup_interval = milliseconds::max();
    c.streams.heartbeat_interval = milliseconds::max();
    c.streams.write_timeout = milliseconds::max();
    c.log.max_events = std::numeric_limits<std::size_t>::max();
    c.log.ring_size = 1;
    test::polled_hub hub{c};
    auto client = hub.connect();
    auto const claim = test::claim_of(*client);
    client = nullptr;
    for (int i = 0; i != 200; ++i) {
        hub.publish(std::to_string(i));
    }
    auto const again = hub.connect(claim);
    CHECK(again->resumed());
    CHECK(test::take_all(*again).size() == 200);
    bool stopped = false;
    hub.broker().async_stop(milliseconds::max(), [&stopped] { stopped = true; });
    hub.settle();
    CHECK_FALSE(stopped); // the client is given its time
}

TEST_CASE("limits that are set later are as those of the configuration")
{
    test::polled_hub hub;
    auto changed = hub.broker().limits();
    changed.max_event_bytes = std::numeric_limits<std::size_t>::max();
    hub.broker().set_limits(changed);
    CHECK(hub.broker().limits().max_event_bytes == event_bytes_limit);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
