#include <sluice/broker.hpp>

#include <doctest/doctest.h>
#include <http/stream_driver.hpp>
#include <polled_hub.hpp>
#include <received.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::claim_of;
using test::id_of;
using test::polled_hub;
using test::stream_driver;

[[nodiscard]] broker_metrics metrics_of(polled_hub& hub)
{
    return std::get<0>(hub.run<broker_metrics>([&](auto h) { hub.broker().async_metrics(std::move(h)); }));
}

/// All that is counted but what is named, to see that nothing else grew; sessions that begin are another test's.
void check_counts(polled_hub& hub, std::vector<std::pair<counted, std::uint64_t>> const& expected)
{
    auto const m = metrics_of(hub);
    auto left = m.counts;
    left[static_cast<std::size_t>(counted::sessions_created)] = 0;
    for (auto const& [what, n] : expected) {
        CHECK_MESSAGE(m[what] == n, "counted ", static_cast<int>(what));
        left[static_cast<std::size_t>(what)] = 0;
    }
    for (std::size_t i = 0; i != left.size(); ++i) {
        CHECK_MESSAGE(left[i] == 0, "counted ", i);
    }
}

[[nodiscard]] connect_request by_agent(connect_request r, std::string agent)
{
    r.meta.user_agent = std::move(agent);
    return r;
}

TEST_SUITE_BEGIN("broker · metrics");

TEST_CASE("ends · each by its reason")
{
    broker_config config;
    config.sessions.buffer_size = 1;
    config.log.max_events = 1;
    polled_hub hub{config, 2};
    auto const end = [](auto& c, end_reason reason) { c->end(reason); };
    SUBCASE("the client")
    {
        {
            auto const gone = hub.connect();
        }
        check_counts(hub, {{counted::streams_opened, 1}, {counted::ended_by_client, 1}});
    }
    SUBCASE("the connection")
    {
        auto const c = hub.connect();
        end(c, end_reason::connection_failed);
        end(c, end_reason::peer_closed); // the first reason stands
        check_counts(hub, {{counted::streams_opened, 1}, {counted::ended_by_error, 1}});
    }
    SUBCASE("a lag")
    {
        auto const c = hub.connect();
        hub.publish("1");
        hub.publish("2");
        check_counts(hub, {{counted::streams_opened, 1}, {counted::ended_as_slow, 1}});
        CHECK(hub.broker().session_stats().slow_consumers_dropped == 1);
    }
    SUBCASE("a takeover")
    {
        auto const c = hub.connect();
        auto const again = hub.connect(claim_of(*c));
        check_counts(hub, {{counted::streams_opened, 2},
                           {counted::ended_by_takeover, 1},
                           {counted::reconnections, 1},
                           {counted::replays_full, 1}});
    }
    SUBCASE("a disconnect")
    {
        auto const c = hub.connect();
        CHECK(hub.disconnect(c->session().id()).second);
        check_counts(hub, {{counted::streams_opened, 1}, {counted::ended_by_disconnect, 1}});
    }
    SUBCASE("a removal")
    {
        auto const c = hub.connect();
        hub.run<error_code>([&](auto h) { hub.broker().async_remove(c->session().id(), std::move(h)); });
        check_counts(hub, {{counted::streams_opened, 1}, {counted::ended_by_removal, 1}});
    }
    SUBCASE("a drain")
    {
        auto c = hub.connect();
        hub.broker().async_stop(1min, [] {});
        hub.settle();
        CHECK(hub.try_connect().first == errc::stopped);
        check_counts(hub, {{counted::streams_opened, 1}, {counted::ended_by_drain, 1}, {counted::refused_by_drain, 1}});
        c = nullptr;
    }
}

TEST_CASE("refusals · each by its reason")
{
    broker_config config;
    SUBCASE("max_connections")
    {
        config.streams.max_connections = 1;
        polled_hub hub{config};
        auto const c = hub.connect();
        CHECK(hub.try_connect().first == errc::too_many_connections);
        check_counts(hub, {{counted::streams_opened, 1}, {counted::refused_above_connections, 1}});
    }
    SUBCASE("max_sessions, of streams only")
    {
        config.sessions.max_sessions = 1;
        polled_hub hub{config};
        auto const c = hub.connect();
        CHECK(hub.try_connect().first == errc::too_many_sessions);
        hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); });
        check_counts(hub, {{counted::streams_opened, 1}, {counted::refused_above_sessions, 1}});
    }
    SUBCASE("ownership")
    {
        polled_hub hub{config};
        auto const c = hub.connect(by_agent({}, "owner"));
        CHECK(hub.try_connect(by_agent(claim_of(*c), "thief")).first == errc::not_the_owner);
        check_counts(hub, {{counted::streams_opened, 1}, {counted::refused_claims, 1}});
        CHECK(hub.broker().session_stats().rejected_claims == 1);
    }
    SUBCASE("thrashing")
    {
        polled_hub hub{config};
        auto c = hub.connect();
        for (std::size_t i = 0; i != thrash_refusal_limit; ++i) {
            c = hub.connect(claim_of(*c));
        }
        CHECK(hub.try_connect(claim_of(*c)).first == errc::thrashing);
        auto const m = metrics_of(hub);
        CHECK(m[counted::refused_thrashing] == 1);
        CHECK(m[counted::thrashing_sessions] == 1);
        CHECK(m[counted::reconnections] == thrash_refusal_limit);
    }
}

TEST_CASE("replays · are full, partial or none, by what was lost")
{
    broker_config config;
    config.sessions.buffer_size = 3;
    config.log.max_events = 3;
    polled_hub hub{config};
    auto c = hub.connect();
    auto const claim = claim_of(*c);
    c = nullptr;
    SUBCASE("nothing missed")
    {
        c = hub.connect(claim);
        auto const m = metrics_of(hub);
        CHECK(m[counted::replays_full] == 1);
        CHECK(m[counted::events_replayed] == 0);
    }
    SUBCASE("all of it replayed")
    {
        hub.publish("1");
        hub.publish("2");
        c = hub.connect(claim);
        auto const m = metrics_of(hub);
        CHECK(m[counted::replays_full] == 1);
        CHECK(m[counted::events_replayed] == 2);
        CHECK(m[counted::events_lost] == 0);
    }
    SUBCASE("some of it lost")
    {
        for (int i = 0; i != 5; ++i) {
            hub.publish(std::to_string(i));
        }
        c = hub.connect(claim);
        auto const m = metrics_of(hub);
        CHECK(m[counted::replays_full] == 0);
        CHECK(m[counted::replays_partial] == 1);
        CHECK(m[counted::events_replayed] == 3);
        CHECK(m[counted::events_lost] == 2);
    }
    SUBCASE("a new session with a last id that nobody knows, and an empty log")
    {
        c = hub.connect({.claim = {}, .last_event_id = "1-1", .meta = {}});
        auto const m = metrics_of(hub);
        CHECK(m[counted::replays_none] == 1);
        CHECK(m[counted::events_lost] == 0); // their number is not known
    }
    SUBCASE("a new session without a last id has missed nothing, and is not counted")
    {
        hub.publish("1");
        c = hub.connect();
        auto const m = metrics_of(hub);
        CHECK(m[counted::replays_full] + m[counted::replays_partial] + m[counted::replays_none] == 0);
    }
    SUBCASE("a minted session begins with what it has collected")
    {
        auto const [ec, id] = hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); });
        hub.publish("1");
        c = hub.connect({.claim = to_string(id), .last_event_id = {}, .meta = {}});
        auto const m = metrics_of(hub);
        CHECK(m[counted::replays_full] == 1);
        CHECK(m[counted::events_replayed] == 1);
    }
}

TEST_CASE("replays · none when there is no buffer")
{
    broker_config config;
    config.sessions.buffer_size = 0;
    polled_hub hub{config};
    auto c = hub.connect();
    auto const claim = claim_of(*c);
    c = nullptr;
    hub.publish("1");
    c = hub.connect(claim);
    auto const m = metrics_of(hub);
    CHECK(m[counted::replays_none] == 1);
    CHECK(m[counted::events_lost] == 1);
}

TEST_CASE("events · published and delivered, with their bytes, summed over the shards")
{
    polled_hub hub{{}, 2};
    auto a = std::make_unique<stream_driver>(hub, hub.try_connect({}, 0).second);
    auto b = std::make_unique<stream_driver>(hub, hub.try_connect({}, 1).second);
    auto const before = metrics_of(hub);
    hub.publish(std::string(100, 'x'), "some");
    hub.send({id_of(a->subject())}, "y");
    auto const m = metrics_of(hub);
    CHECK(m.stats.events_published == 2);
    CHECK(m[counted::events_delivered] == 3);
    CHECK(m[counted::events_delivered] == m.stats.events_delivered);
    CHECK(m[counted::bytes_delivered] == m.stats.bytes_delivered);
    // One of the two went to one stream, the other to both.
    auto const sent = m[counted::bytes_delivered] - before[counted::bytes_delivered];
    auto const broadcast_bytes = sent - m.bytes_published;
    auto const send_bytes = m.bytes_published - broadcast_bytes;
    CHECK(broadcast_bytes - send_bytes == std::string{"event: some\n"}.size() + 99);
    // Each event counts once for each shard, whomever it is for.
    CHECK(m.fan_out_latency.count() == 4);
    CHECK(m.fan_out_latency.sum() > 0);
    CHECK(m.fan_out_latency.sum() < 600e9);
}

TEST_CASE("log · events, bytes, age of the oldest, and what is held for single sessions")
{
    broker_config config;
    config.sessions.buffer_size = 2;
    config.log.max_events = 2;
    polled_hub hub{config, 2};
    auto m = metrics_of(hub);
    CHECK(m.log_events == 0);
    CHECK(m.log_bytes == 0);
    CHECK(m.log_age.count() == 0);
    CHECK(m.targeted_bytes == 0);
    auto a = hub.connect();
    auto const target = id_of(*a);
    a = nullptr;
    auto const begin = std::chrono::system_clock::now();
    for (int i = 0; i != 3; ++i) {
        hub.publish("x");
    }
    hub.send({target}, std::string(1000, 'x'));
    m = metrics_of(hub);
    CHECK(m.log_events == 2);
    CHECK(m.log_bytes > 2 * sizeof(frame));
    CHECK(m.log_bytes < 1000);
    CHECK(m.log_age.count() > 0);
    CHECK(m.log_age <= std::chrono::system_clock::now() - begin);
    CHECK(m.targeted_bytes > 1000);
}

TEST_CASE("ring · its room, and each publish that had to wait for some, once")
{
    broker_config config;
    config.log.ring_size = 4;
    polled_hub hub{config};
    std::vector<event> const some(3, {.id = "", .type = "", .data = "x"});
    REQUIRE(hub.broker().try_broadcast(some).has_value());
    CHECK(hub.broker().try_broadcast(some).error() == errc::ring_full); // it has its answer, and did not wait
    hub.settle();
    CHECK(metrics_of(hub).ring_capacity == 4);
    CHECK(metrics_of(hub).publishes_delayed == 0);
    std::vector<event> const many(50, {.id = "", .type = "", .data = "x"});
    hub.run<error_code, publish_receipt>([&](auto h) { hub.broker().async_broadcast(many, std::move(h)); });
    hub.settle();
    CHECK(metrics_of(hub).publishes_delayed == 1);
    CHECK(hub.broker().broadcast(many).has_value()); // the test's thread is the shards'
    hub.settle();
    CHECK(metrics_of(hub).publishes_delayed == 2);
    CHECK(metrics_of(hub).ring_occupancy == 0);
}

TEST_CASE("ring · holds what the shards have yet to read")
{
    polled_hub hub{{}, 2};
    hub.settle();
    auto const poll = [&](std::size_t shard) {
        hub.executor(shard).target<boost::asio::io_context::executor_type>()->context().poll();
    };
    std::optional<broker_metrics> m;
    hub.broker().async_metrics(
        boost::asio::bind_executor(hub.executor(0), [&](broker_metrics told) { m.emplace(std::move(told)); }));
    poll(0);
    poll(1); // both shards have been asked
    REQUIRE(hub.broker().try_broadcast(std::vector<event>(3, {.id = "", .type = "", .data = "x"})).has_value());
    poll(0);
    REQUIRE(m.has_value());
    CHECK(m->ring_occupancy == 3);
    CHECK(m->stats.events_published == 3);
    CHECK(m->bytes_published == 0);
    CHECK(metrics_of(hub).ring_occupancy == 0);
}

TEST_CASE("lag · is looked at once a second, each stream once, and not when it is asked for")
{
    polled_hub hub;
    stream_driver const prompt{hub, hub.connect()};
    stream_driver const filtered{hub, hub.connect(test::wanting({"other"}))};
    stream_driver stuck{hub, hub.connect(), 10};
    REQUIRE(stuck.stalled());
    auto const next_look = [&] {
        auto const before = metrics_of(hub).stream_lag.count();
        CHECK(metrics_of(hub).stream_lag.count() == before);
        hub.settle_until([&] { return metrics_of(hub).stream_lag.count() != before; });
        return metrics_of(hub);
    };
    auto m = next_look();
    CHECK(m.stream_lag.counts()[0] == 3);
    CHECK(m.stream_lag.sum() == 0);
    CHECK(m.blocked_streams == 1);
    for (int i = 0; i != 3; ++i) {
        hub.publish("x");
    }
    m = next_look();
    CHECK(m.stream_lag.counts()[0] == 5);
    CHECK(m.stream_lag.counts()[2] == 1);
    CHECK(m.stream_lag.sum() == 3);
    stuck.give_room(stream_driver::no_end);
    m = next_look();
    CHECK(m.stream_lag.counts()[0] == 8);
    CHECK(m.stream_lag.sum() == 3);
    CHECK(m.blocked_streams == 0);
}

TEST_CASE("sessions · created for a client and minted, and expired; not those that were removed")
{
    broker_config config;
    config.sessions.buffer_ttl = std::chrono::milliseconds{0};
    polled_hub hub{config};
    auto c = hub.connect();
    auto const [ec, minted] = hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); });
    auto const id = c->session().id();
    CHECK(metrics_of(hub)[counted::sessions_created] == 2);
    CHECK(metrics_of(hub)[counted::sessions_expired] == 0);
    auto const remove = [&](session_id which) {
        return std::get<0>(hub.run<error_code>([&](auto h) { hub.broker().async_remove(which, std::move(h)); }));
    };
    CHECK(remove(minted) == errc::unknown_session); // it has expired, which is noticed now
    CHECK(metrics_of(hub)[counted::sessions_expired] == 1);
    CHECK(remove(id) == error_code{});
    c = nullptr;
    CHECK(metrics_of(hub)[counted::sessions_expired] == 1);
    CHECK(metrics_of(hub)[counted::sessions_created] == 2);
}

TEST_CASE("sends · each session that is named and not known")
{
    polled_hub hub;
    auto const c = hub.connect();
    hub.send({id_of(*c), "nobody"}, "x");
    hub.send({"nobody", to_string(make_session_id())}, "x");
    CHECK(metrics_of(hub).unknown_targets == 3);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
