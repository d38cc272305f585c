#include <sluice/broker.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <polled_hub.hpp>
#include <received.hpp>

#include <memory>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::polled_hub;

TEST_SUITE_BEGIN("broker · stop");

TEST_CASE("async_stop · ends every client, waits for them, and refuses what comes after")
{
    polled_hub hub{{}, 2};
    auto a = hub.try_connect({}, 0).second;
    auto b = hub.try_connect({}, 1).second;
    bool stopped = false;
    hub.publish("x");
    hub.broker().async_stop(1h, boost::asio::bind_executor(hub.executor(), [&] { stopped = true; }));
    hub.settle();
    CHECK(hub.broker().stopping());
    CHECK(a->reason() == end_reason::shut_down);
    CHECK(b->reason() == end_reason::shut_down);
    CHECK_FALSE(stopped);
    CHECK(hub.try_connect().first == errc::stopped);
    CHECK(hub.broker().broadcast({.id = "", .type = "", .data = "x"}).error() == errc::stopped);
    CHECK(hub.broker().try_broadcast(std::vector<event>(1)).error() == errc::stopped);
    CHECK(std::get<0>(hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); })) ==
          errc::stopped);
    a = nullptr;
    hub.settle();
    CHECK_FALSE(stopped);
    b = nullptr;
    hub.settle();
    CHECK(stopped);
}

TEST_CASE("async_stop · with nobody connected completes at once, and again when it is called again")
{
    polled_hub hub{{}, 3};
    hub.stop();
    hub.stop();
    CHECK(hub.broker().stopping());
}

TEST_CASE("async_stop · called a second time while it waits, both complete")
{
    polled_hub hub;
    auto c = hub.connect();
    int stopped = 0;
    for (int i = 0; i != 2; ++i) {
        hub.broker().async_stop(1h, boost::asio::bind_executor(hub.executor(), [&] { ++stopped; }));
        hub.settle();
    }
    CHECK(stopped == 0);
    c = nullptr;
    hub.settle();
    CHECK(stopped == 2);
}

TEST_CASE("the end of a broker · that was not stopped destroys what still waits")
{
    auto const alive = std::make_shared<int>();
    boost::asio::io_context context;
    std::unique_ptr<client> c;
    {
        broker b{{context.get_executor()}};
        b.async_connect({}, boost::asio::bind_executor(
                                context, [&](error_code, std::unique_ptr<client> made) { c = std::move(made); }));
        context.poll();
        REQUIRE(c);
        c->async_wait([alive](error_code) { FAIL("resumed after the broker's end"); });
        CHECK(alive.use_count() == 2);
    }
    CHECK(alive.use_count() == 1);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
