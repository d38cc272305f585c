#include <sluice/broker.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <polled_hub.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using test::polled_hub;

error_code publish(polled_hub& hub, std::string topic, bool last = false)
{
    auto const receipt = hub.broker().broadcast({.data = "x", .topics = {std::move(topic)}, .last = last});
    return receipt.has_error() ? receipt.error() : error_code{};
}

error_code close_topic(polled_hub& hub, std::string topic)
{
    auto const [ec] = hub.run<error_code>(
        [&](auto handler) { hub.broker().async_close_topic(std::move(topic), std::move(handler)); }, 0);
    return ec;
}

error_code forget(polled_hub& hub, std::string topic)
{
    auto const [ec] = hub.run<error_code>(
        [&](auto handler) { hub.broker().async_forget_topic(std::move(topic), std::move(handler)); }, 0);
    return ec;
}

broker_config with_log(std::size_t events)
{
    broker_config c;
    c.log.max_events = events;
    c.sessions.buffer_size = 1;
    return c;
}

TEST_SUITE_BEGIN("broker · topic end");

TEST_CASE("async_close_topic · closes as a last event does; marks are no events")
{
    polled_hub hub{with_log(100), 2};
    CHECK(publish(hub, "a") == error_code{});
    CHECK(close_topic(hub, "a") == error_code{});
    CHECK(hub.broker().is_closed("a"));
    CHECK(publish(hub, "a") == errc::topic_closed);
    CHECK(close_topic(hub, "a") == errc::topic_closed);
    CHECK(forget(hub, "a") == error_code{});
    CHECK_FALSE(hub.broker().is_closed("a"));
    CHECK(publish(hub, "a") == error_code{});
    CHECK(close_topic(hub, "*") == errc::invalid_topic);
    CHECK(forget(hub, "") == errc::invalid_topic);
    CHECK(hub.broker().session_stats().events_published == 2);
}

TEST_CASE("a closed topic · is open again once its last event has left the log, on whatever shard first")
{
    for (bool const with_mark : {false, true}) {
        CAPTURE(with_mark);
        polled_hub hub{with_log(3), 2};
        CHECK(publish(hub, "a") == error_code{});
        CHECK(publish(hub, "a", !with_mark) == error_code{});
        if (with_mark) {
            CHECK(close_topic(hub, "a") == error_code{});
        }
        for (int i = 0; i != 2; ++i) {
            CHECK(publish(hub, "b") == error_code{});
            hub.settle();
            CHECK(hub.broker().is_closed("a"));
        }
        CHECK(publish(hub, "b") == error_code{});
        hub.settle();
        CHECK_FALSE(hub.broker().is_closed("a"));
        CHECK(publish(hub, "a") == error_code{});
    }
}

TEST_CASE("async_close_topic · of a topic without an event leaves nothing")
{
    polled_hub hub{with_log(3), 2};
    CHECK(close_topic(hub, "a") == error_code{});
    hub.settle();
    CHECK_FALSE(hub.broker().is_closed("a"));
}

TEST_CASE("broadcast · a batch larger than the ring closes topics at its end, and is refused whole")
{
    auto config = with_log(100);
    config.log.ring_size = 4;
    polled_hub hub{config, 2};
    std::vector<event> batch(20, {.data = "x", .topics = {"a"}});
    batch.back().last = true;
    auto const publish_all = [&] {
        auto const [ec, receipt] = hub.run<error_code, publish_receipt>(
            [&](auto handler) { hub.broker().async_broadcast(batch, std::move(handler)); }, 0);
        return ec;
    };
    CHECK(publish_all() == error_code{});
    CHECK(hub.broker().is_closed("a"));
    CHECK(publish_all() == errc::topic_closed);
    CHECK(hub.broker().session_stats().events_published == 20);
    CHECK(forget(hub, "a") == error_code{});
    batch.front().last = true;
    CHECK(publish_all() == errc::topic_closed);
    CHECK_FALSE(hub.broker().is_closed("a"));
    CHECK(hub.broker().session_stats().events_published == 20);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
