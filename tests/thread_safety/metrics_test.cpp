#include <sluice/broker.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>
#include <running_hub.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace sluice {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::running_hub;

constexpr std::size_t hub_shards = 3;
constexpr std::size_t counted_publishers = 3;
constexpr std::size_t counted_events_each = 2000;
constexpr std::size_t all_events = counted_publishers * counted_events_each;
/// On a connection: so few reconnections that none is refused for `thrash_refusal_limit`.
constexpr int runs_each = 70;

[[nodiscard]] broker_metrics ask(running_hub& hub) { return hub.broker().async_metrics(asio::use_future).get(); }

/// Receives every event, on one connection after the other.
asio::awaitable<void> receive_all(running_hub& hub, std::promise<void>& ready)
{
    std::string session;
    std::size_t received = 0;
    while (received != all_events) {
        connect_request request{.claim = session, .last_event_id = {}, .meta = {}};
        auto [ec, c] = co_await hub.broker().async_connect(request, asio::as_tuple(asio::use_awaitable));
        if (ec) {
            throw boost::system::system_error{ec, "connecting"};
        }
        if (session.empty()) {
            session = to_string(c->session().id());
            ready.set_value();
        }
        for (int runs = 0; runs != runs_each && received != all_events; ++runs) {
            auto [end] = co_await c->async_wait(asio::as_tuple(asio::use_awaitable));
            if (end) {
                throw boost::system::system_error{end, "receiving"};
            }
            if (auto const r = c->try_receive()) {
                received += r->events();
                c->count_bytes(r->payload().size());
                c->delivered(*r);
            }
        }
    }
}

/// Asks for the metrics again and again; gives how many numbers were less than before.
[[nodiscard]] std::size_t watch(running_hub& hub, std::atomic<bool> const& over)
{
    std::size_t shrunk = 0;
    broker_metrics last;
    while (!over) {
        auto now = ask(hub);
        for (std::size_t i = 0; i != counted_kinds; ++i) {
            shrunk += now.counts[i] < last.counts[i] ? 1U : 0U;
        }
        shrunk += now.bytes_published < last.bytes_published ? 1U : 0U;
        shrunk += now.publishes_delayed < last.publishes_delayed ? 1U : 0U;
        shrunk += now.stats.events_published < last.stats.events_published ? 1U : 0U;
        shrunk += now.fan_out_latency.count() < last.fan_out_latency.count() ? 1U : 0U;
        shrunk += now.stream_lag.count() < last.stream_lag.count() ? 1U : 0U;
        last = std::move(now);
    }
    return shrunk;
}

TEST_SUITE_BEGIN("metrics");

TEST_CASE("metrics are asked for while events are published and streams come and go")
{
    broker_config config;
    config.log.ring_size = 64; // small, so that publishers meet a full ring
    config.log.max_events = all_events;
    config.sessions.buffer_size = all_events;
    config.sessions.thrash_limit = 1'000'000;
    running_hub hub{config, hub_shards};
    std::vector<std::promise<void>> ready(2 * hub_shards);
    std::vector<std::future<void>> streams;
    for (std::size_t i = 0; i != ready.size(); ++i) {
        auto receiving = receive_all(hub, ready[i]);
        streams.push_back(asio::co_spawn(hub.executor(i % hub_shards), std::move(receiving), asio::use_future));
    }
    for (auto& r : ready) {
        REQUIRE(r.get_future().wait_for(60s) == std::future_status::ready);
    }
    std::atomic<bool> over = false;
    std::vector<std::future<std::size_t>> watchers;
    for (int i = 0; i != 2; ++i) {
        watchers.push_back(std::async(std::launch::async, [&] { return watch(hub, over); }));
    }
    {
        std::vector<std::jthread> threads;
        for (std::size_t p = 0; p != counted_publishers; ++p) {
            threads.emplace_back([&hub] {
                for (std::size_t i = 0; i != counted_events_each; ++i) {
                    (void)hub.broker().broadcast({.id = "", .type = "", .data = "x"});
                }
            });
        }
    }
    for (auto& s : streams) {
        REQUIRE(s.wait_for(120s) == std::future_status::ready);
        CHECK_NOTHROW(s.get());
    }
    over = true;
    for (auto& w : watchers) {
        CHECK(w.get() == 0);
    }
    auto const m = ask(hub);
    CHECK(m.stats.events_published == all_events);
    CHECK(m[counted::events_delivered] == all_events * streams.size());
    CHECK(m[counted::bytes_delivered] >= m.bytes_published * streams.size()); // replayed ones have a comment more
    CHECK(m[counted::streams_opened] == m[counted::ended_by_client]);
    CHECK(m[counted::streams_opened] == m[counted::reconnections] + streams.size());
    CHECK(m[counted::replays_full] == m[counted::reconnections]);
    CHECK(m[counted::events_lost] == 0);
    CHECK(m.ring_occupancy == 0);
    CHECK(m.fan_out_latency.count() == all_events * hub_shards);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
