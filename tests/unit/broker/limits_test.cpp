#include <sluice/broker.hpp>

#include <doctest/doctest.h>
#include <polled_hub.hpp>
#include <received.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using test::claim_of;
using test::polled_hub;
using test::take_all;

[[nodiscard]] error_code mint(polled_hub& hub)
{
    return std::get<0>(hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); }));
}

/// Hears of limits alone.
struct limit_watcher final : observer {
    void on_limit(errc limit, std::size_t most) override { heard.emplace_back(limit, most); }

    std::vector<std::pair<errc, std::size_t>> heard;
};

TEST_SUITE_BEGIN("broker · limits");

TEST_CASE("the observer · hears of each refusal for a limit, and of the limit in force")
{
    limit_watcher watcher;
    polled_hub hub{{}, 1, &watcher};
    auto const a = hub.connect();
    auto to = hub.broker().limits();
    to.max_sessions = 1;
    hub.broker().set_limits(to);
    CHECK(hub.try_connect().first == errc::too_many_sessions);
    CHECK(mint(hub) == errc::too_many_sessions);
    to.max_connections = 1;
    hub.broker().set_limits(to);
    CHECK(hub.try_connect().first == errc::too_many_connections);
    using heard = std::vector<std::pair<errc, std::size_t>>;
    CHECK(watcher.heard ==
          heard{{errc::too_many_sessions, 1}, {errc::too_many_sessions, 1}, {errc::too_many_connections, 1}});
}

TEST_CASE("limits · are those of the configuration until they are set")
{
    broker_config config;
    config.streams.max_connections = 7;
    config.sessions.thrash_limit = 3;
    polled_hub hub{config};
    CHECK(hub.broker().limits() == limits::of(config));
    auto to = hub.broker().limits();
    to.max_connections = 8;
    hub.broker().set_limits(to);
    CHECK(hub.broker().limits() == to);
    CHECK(hub.broker().config().streams.max_connections == 7);
}

TEST_CASE("set_limits · max_connections: a lowered one ends no stream, a raised one lets the next in")
{
    polled_hub hub;
    auto const a = hub.connect();
    auto const b = hub.connect();
    auto to = hub.broker().limits();
    to.max_connections = 1;
    hub.broker().set_limits(to);
    CHECK(hub.try_connect().first == errc::too_many_connections);
    CHECK(hub.broker().client_count() == 2);
    hub.publish("still there");
    CHECK(take_all(*a).size() == 1);
    to.max_connections = 3;
    hub.broker().set_limits(to);
    auto const c = hub.connect();
    CHECK(hub.broker().client_count() == 3);
}

TEST_CASE("set_limits · max_sessions")
{
    polled_hub hub;
    auto const a = hub.connect();
    auto to = hub.broker().limits();
    to.max_sessions = 1;
    hub.broker().set_limits(to);
    CHECK(mint(hub) == errc::too_many_sessions);
    to.max_sessions = 2;
    hub.broker().set_limits(to);
    CHECK(mint(hub) == error_code{});
}

TEST_CASE("set_limits · max_event_bytes")
{
    polled_hub hub;
    auto to = hub.broker().limits();
    to.max_event_bytes = 4;
    hub.broker().set_limits(to);
    CHECK(hub.broker().broadcast({.id = {}, .type = {}, .data = "12345"}).error() == errc::event_too_large);
    CHECK(hub.broker().broadcast({.id = {}, .type = {}, .data = "1234"}).has_value());
}

TEST_CASE("set_limits · thrash_limit")
{
    polled_hub hub;
    auto to = hub.broker().limits();
    to.thrash_limit = 1;
    hub.broker().set_limits(to);
    auto c = hub.connect();
    c = hub.connect(claim_of(*c));
    CHECK(hub.broker().session_stats().thrashing_sessions == 0);
    c = hub.connect(claim_of(*c));
    CHECK(hub.broker().session_stats().thrashing_sessions == 1);
}

TEST_CASE("set_limits · max_lag: who lags by more is cut off with the next event, who reads is not")
{
    polled_hub hub;
    auto const idle = hub.connect();
    for (int i = 0; i != 5; ++i) {
        hub.publish("x");
    }
    CHECK(hub.broker().session_stats().slow_consumers_dropped == 0);
    auto to = hub.broker().limits();
    to.max_lag = 3;
    hub.broker().set_limits(to);
    hub.publish("x");
    CHECK(hub.broker().session_stats().slow_consumers_dropped == 1);
    auto const reader = hub.connect();
    for (int i = 0; i != 9; ++i) {
        hub.publish("x");
        CHECK(take_all(*reader).size() == 1);
    }
    CHECK(hub.broker().session_stats().slow_consumers_dropped == 1);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
