#include <sluice/broker.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <polled_hub.hpp>
#include <received.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::claim_of;
using test::id_of;
using test::polled_hub;
using test::take_all;
using strings = std::vector<std::string>;

TEST_SUITE_BEGIN("broker · clients");

TEST_CASE("connect · a new session is live: it gets what is published from now on")
{
    polled_hub hub;
    hub.publish("before");
    auto const c = hub.connect();
    CHECK_FALSE(c->resumed());
    CHECK(c->plan().told == 1);
    hub.publish("after");
    CHECK(take_all(*c) == strings{"after"});
    CHECK(hub.broker().client_count() == 1);
}

TEST_CASE("resume · gets what was missed as replay, then live, each once, in order")
{
    polled_hub hub;
    auto c = hub.connect();
    hub.publish("1");
    CHECK(take_all(*c) == strings{"1"});
    auto const claim = claim_of(*c);
    c = nullptr;
    hub.publish("2");
    hub.send({claim.claim}, "3");
    hub.publish("4");
    c = hub.connect(claim);
    hub.publish("5");
    CHECK(c->resumed());
    CHECK(c->session().reconnections == 1);
    CHECK(c->plan().replay == 3);
    CHECK(take_all(*c) == strings{"R:2", "R:3", "R:4", "5"});
}

TEST_CASE("resume · events published but not yet seen by the shard belong to the replay")
{
    polled_hub hub;
    auto c = hub.connect();
    auto const claim = claim_of(*c);
    c = nullptr;
    for (int i = 0; i != 3; ++i) {
        CHECK(hub.broker().broadcast({.id = "", .type = "", .data = std::to_string(i)}).has_value());
    }
    c = hub.connect(claim);
    CHECK(c->plan().replay == 3);
    CHECK(take_all(*c) == strings{"R:0", "R:1", "R:2"});
}

TEST_CASE("resume · an own id given twice is the one written by the filter of then, and what passes the new one comes")
{
    polled_hub hub;
    auto c = hub.connect(test::wanting({"a"}));
    auto const publish_as_twice = [&](std::string const& type) {
        event const e{.id = "twice", .type = type, .data = type};
        CHECK(hub.broker().broadcast(e).has_value());
        hub.settle();
    };
    publish_as_twice("b");
    publish_as_twice("a");
    CHECK(take_all(*c) == strings{"a"});
    c->async_wait(boost::asio::bind_executor(hub.executor(), [](error_code) {}));
    hub.publish("passed over", "b");
    auto claim = claim_of(*c, "twice");
    claim.meta.subscriptions = {"b"};
    c = nullptr;
    hub.publish("missed", "b");
    c = hub.connect(claim);
    CHECK(c->plan().told == 2);
    CHECK(take_all(*c) == strings{"R:passed over", "R:missed"});
}

TEST_CASE("join · with a last id, what is lost is not known while an event after it is not written to its session")
{
    for (std::size_t const shards : {std::size_t{1}, std::size_t{3}}) {
        CAPTURE(shards);
        broker_config config;
        config.sessions.buffer_ttl = 1ms;
        config.sessions.buffer_size = 2;
        polled_hub hub{config, shards};
        auto const start = hub.publish("start");
        auto other = hub.try_connect({}, shards - 1).second;
        auto const joined_after = [&](std::string const& id) {
            auto const c = hub.connect({.claim = {}, .last_event_id = id, .meta = {}});
            return c->plan().dropped;
        };
        using loss = std::optional<std::uint64_t>;

        auto const sent = hub.send({id_of(*other)}, "waits").second.id;
        CHECK(joined_after(start) == std::nullopt);
        CHECK(joined_after(sent) == loss{0});
        CHECK(take_all(*other) == strings{"waits"});
        CHECK(joined_after(start) == loss{0});

        auto const id = other->session().id();
        SUBCASE("it expires with its session")
        {
            other = nullptr;
            CHECK(joined_after(start) == loss{0});
            auto const mark = hub.publish("mark");
            hub.send({to_string(id)}, "lost");
            hub.publish("after");
            hub.settle_until([&] { return hub.send({to_string(id)}, "").first == errc::unknown_session; });
            CHECK(joined_after(mark) == std::nullopt);
        }
        SUBCASE("its session is removed")
        {
            auto const lost = hub.send({to_string(id)}, "lost").second.id;
            CHECK(hub.run<error_code>([&](auto handler) { hub.broker().async_remove(id, std::move(handler)); }) ==
                  std::tuple{error_code{}});
            CHECK(joined_after(sent) == std::nullopt);
            CHECK(joined_after(lost) == loss{0});
        }
    }
}

TEST_CASE("join · an event that gave way to newer ones before it was written makes the loss unknown for good")
{
    broker_config config;
    config.sessions.buffer_size = 2;
    polled_hub hub{config, 2};
    auto const start = hub.publish("start");
    auto other = hub.try_connect({}, 1).second;
    auto const claim = claim_of(*other);
    other = nullptr;
    auto const lost = hub.send({claim.claim}, "1").second.id;
    hub.send({claim.claim}, "2");
    hub.send({claim.claim}, "3");
    other = hub.connect(claim);
    CHECK(take_all(*other) == strings{"R:2", "R:3"});
    CHECK(hub.connect({.claim = {}, .last_event_id = start, .meta = {}})->plan().dropped == std::nullopt);
    CHECK(hub.connect({.claim = {}, .last_event_id = lost, .meta = {}})->plan().dropped == 0);
}

TEST_CASE("join · what a minted session has collected comes with its claim and is not in doubt")
{
    polled_hub hub{{}, 2};
    auto const start = hub.publish("start");
    auto const minted = std::get<1>(
        hub.run<error_code, session_id>([&](auto handler) { hub.broker().async_mint(std::move(handler)); }));
    hub.send({to_string(minted)}, "for it");
    auto const c = hub.connect({.claim = to_string(minted), .last_event_id = start, .meta = {}});
    CHECK(c->plan().dropped == 0);
    CHECK(take_all(*c) == strings{"R:for it"});
}

TEST_CASE("join · another shard that has not yet taken what its clients read leaves nothing in doubt")
{
    polled_hub hub{{}, 2};
    auto const start = hub.publish("start");
    auto const other = hub.try_connect({}, 1).second;
    strings seen;
    std::function<void()> wait = [&] {
        other->async_wait(boost::asio::bind_executor(hub.executor(1), [&](error_code ec) {
            if (!ec) {
                std::ranges::copy(take_all(*other), std::back_inserter(seen));
                wait();
            }
        }));
    };
    wait();
    hub.settle();
    std::optional<error_code> sent;
    hub.broker().async_send(
        {.event = {.id = "", .type = "", .data = "on its way"}, .targets = {id_of(*other)}},
        boost::asio::bind_executor(hub.executor(0), [&](error_code ec, send_receipt const&) { sent = ec; }));
    while (!sent) {
        hub.settle_one();
    }
    CHECK(seen.empty());
    auto const c = hub.connect({.claim = {}, .last_event_id = start, .meta = {}});
    CHECK(c->plan().dropped == 0);
    CHECK(seen == strings{"on its way"});
}

TEST_CASE("takeover · the old connection ends first, and the new one goes on from what was delivered")
{
    polled_hub hub;
    auto const old = hub.connect();
    std::optional<error_code> ended;
    old->async_wait(boost::asio::bind_executor(hub.executor(), [&](error_code ec) { ended = ec; }));
    auto const fresh = hub.connect(claim_of(*old));
    CHECK(ended == end_reason::taken_over);
    CHECK(old->done());
    CHECK(hub.broker().client_count() == 1);
    hub.publish("x");
    CHECK(take_all(*old).empty());
    CHECK(take_all(*fresh) == strings{"x"});
}

TEST_CASE("takeover · what the old client still says of its batch no longer moves the session")
{
    polled_hub hub;
    auto const old = hub.connect();
    std::optional<batch_ptr> got;
    auto const receive = [&](client& c) {
        got.reset();
        c.async_receive(
            boost::asio::bind_executor(hub.executor(), [&](error_code, batch_ptr r) { got = std::move(r); }));
        hub.settle();
    };
    hub.publish("1");
    hub.publish("2");
    receive(*old);
    REQUIRE(got);
    REQUIRE(*got);
    auto const fresh = hub.connect(claim_of(*old));
    CHECK(fresh->plan().replay == 2);
    receive(*old); // acknowledges what it had before it was taken over
    REQUIRE(got);
    CHECK_FALSE(*got);
    CHECK(take_all(*fresh) == strings{"R:1", "R:2"});
}

TEST_CASE("async_receive · gives batches, then waits; a batch counts as delivered with the next call")
{
    polled_hub hub;
    auto c = hub.connect();
    std::vector<std::pair<error_code, batch_ptr>> got;
    auto const receive = [&] {
        c->async_receive(boost::asio::bind_executor(
            hub.executor(), [&](error_code ec, batch_ptr r) { got.emplace_back(ec, std::move(r)); }));
        hub.settle();
    };
    hub.publish("1");
    receive();
    REQUIRE(got.size() == 1);
    CHECK(test::data_in(got[0].second->payload()) == strings{"1"});
    CHECK(c->session().last_event_id().lo == 0);
    receive();
    CHECK(got.size() == 1);
    CHECK(c->session().last_event_id().lo == 1);
    hub.publish("2");
    REQUIRE(got.size() == 2);
    CHECK(test::data_in(got[1].second->payload()) == strings{"2"});
    // Not acknowledged: it comes again.
    auto const claim = claim_of(*c);
    c = nullptr;
    c = hub.connect(claim);
    CHECK(take_all(*c) == strings{"R:2"});
}

TEST_CASE("async_receive · a client that ends while its success is on the way hears why it ended")
{
    polled_hub hub;
    auto const c = hub.connect();
    hub.publish("1");
    std::optional<std::pair<error_code, batch_ptr>> got;
    c->async_receive(
        boost::asio::bind_executor(hub.executor(), [&](error_code ec, batch_ptr r) { got.emplace(ec, std::move(r)); }));
    c->end(end_reason::removed);
    hub.settle();
    REQUIRE(got);
    CHECK(got->first == end_reason::removed);
    CHECK_FALSE(got->second);
}

/// Has the client wait and cancels that.
void wait_in_vain(polled_hub& hub, client& c)
{
    boost::asio::cancellation_signal signal;
    std::optional<error_code> got;
    c.async_wait(boost::asio::bind_cancellation_slot(
        signal.slot(), boost::asio::bind_executor(hub.executor(), [&](error_code ec) { got = ec; })));
    signal.emit(boost::asio::cancellation_type::total);
    hub.settle();
    REQUIRE(got == boost::asio::error::operation_aborted);
}

TEST_CASE("cancel · of a wait loses nothing that comes before the next one")
{
    polled_hub hub;
    auto const c = hub.connect();
    wait_in_vain(hub, *c);
    hub.send({id_of(*c)}, "for it alone");
    hub.publish("for all");
    CHECK(take_all(*c) == strings{"for it alone", "for all"});
}

TEST_CASE("cancel · of a wait loses nothing to a heartbeat that becomes due")
{
    broker_config config;
    config.streams.heartbeat_interval = 50ms;
    polled_hub hub{config};
    auto const c = hub.connect();
    wait_in_vain(hub, *c);
    hub.send({id_of(*c)}, "for it alone");
    hub.settle_until([&] { return c->take_heartbeat(); });
    CHECK(take_all(*c) == strings{"for it alone"});
}

TEST_CASE("lag · a client that does not come back for its events in time is ended, never skipped ahead")
{
    broker_config config;
    config.log.max_events = 8;
    config.sessions.buffer_size = 8;
    polled_hub hub{config};
    auto const c = hub.connect();
    hub.publish("0");
    auto const first = c->try_receive();
    REQUIRE(first);
    c->delivered(*first);
    for (int i = 1; i != 30; ++i) {
        hub.publish(std::to_string(i));
    }
    CHECK(take_all(*c).empty());
    CHECK(c->reason() == end_reason::slow_consumer);
    auto const again = hub.connect(claim_of(*c));
    CHECK(again->plan().dropped == 21);
    CHECK(take_all(*again).size() == 8);
}

TEST_CASE("lag · a burst that the ring holds at once is no reason to cut a client that waits")
{
    broker_config config;
    config.log.max_events = 8;
    config.sessions.buffer_size = 8;
    polled_hub hub{config};
    auto const c = hub.connect();
    strings seen;
    strings expected;
    std::function<void()> wait = [&] {
        c->async_wait(boost::asio::bind_executor(hub.executor(), [&](error_code ec) {
            if (!ec) {
                std::ranges::copy(take_all(*c), std::back_inserter(seen));
                wait();
            }
        }));
    };
    wait();
    std::vector<event> burst;
    for (int i = 0; i != 100; ++i) {
        expected.push_back(std::to_string(i));
        burst.push_back({.id = "", .type = "", .data = expected.back()});
    }
    CHECK(hub.broker().broadcast(burst).has_value());
    hub.settle();
    CHECK(seen == expected);
    CHECK_FALSE(c->done());
}

TEST_CASE("connect · on an executor that is not the broker's answers wrong_executor")
{
    polled_hub hub{{}, 2};
    boost::asio::io_context elsewhere;
    std::optional<error_code> answer;
    hub.broker().async_connect(
        {}, boost::asio::bind_executor(elsewhere, [&](error_code ec, std::unique_ptr<client>) { answer = ec; }));
    elsewhere.run();
    CHECK(answer == errc::wrong_executor);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
