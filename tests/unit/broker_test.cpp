#include <sluice/broker.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <polled_hub.hpp>
#include <received.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::claim_of;
using test::polled_hub;
using test::take_all;
using strings = std::vector<std::string>;

connect_request wanting(strings types) {
    connect_request r;
    r.meta.subscriptions = std::move(types);
    return r;
}

std::string id_of(client const& c) { return to_string(c.session().id()); }

TEST_SUITE_BEGIN("broker · publishing");

TEST_CASE("broadcast · reaches every client in the order of publishing") {
    polled_hub hub{{}, 2};
    auto const a = hub.try_connect({}, 0).second;
    auto const b = hub.try_connect({}, 1).second;
    REQUIRE(a);
    REQUIRE(b);
    for (int i = 0; i != 5; ++i) {
        hub.publish(std::to_string(i));
    }
    CHECK(take_all(*a) == strings{"0", "1", "2", "3", "4"});
    CHECK(take_all(*b) == strings{"0", "1", "2", "3", "4"});
    CHECK(take_all(*a).empty());
}

TEST_CASE("broadcast · the receipt names count, first and last id, and the streams at that moment") {
    polled_hub hub;
    auto const c = hub.connect();
    std::vector<event> const events{{.id = "", .type = "", .data = "1"},
                                    {.id = "", .type = "", .data = "2"},
                                    {.id = "own", .type = "", .data = "3"}};
    auto const receipt = hub.broker().broadcast(events);
    REQUIRE(receipt.has_value());
    CHECK(receipt->count == 3);
    CHECK(parse_event_id(receipt->first)->lo == 1);
    CHECK(receipt->last == "own");
    CHECK(receipt->clients == 1);
    hub.settle();
    CHECK(take_all(*c) == strings{"1", "2", "3"});
    CHECK(hub.broker().broadcast(std::vector<event>{}).value().count == 0);
}

TEST_CASE("broadcast · all or none: one bad event and nothing is published") {
    polled_hub hub;
    auto const c = hub.connect();
    std::vector<event> const events{{.id = "", .type = "", .data = "1"},
                                    {.id = "", .type = "a,b", .data = "2"}};
    CHECK(hub.broker().broadcast(events).error() == errc::invalid_type);
    CHECK(hub.broker().try_broadcast(events).error() == errc::invalid_type);
    hub.settle();
    CHECK(take_all(*c).empty());
    CHECK(hub.broker().session_stats().events_published == 0);
}

TEST_CASE("try_broadcast · answers ring_full and publishes nothing when there is no room") {
    broker_config c;
    c.log.ring_size = 4;
    polled_hub hub{c};
    auto const client = hub.connect();
    std::vector<event> const two{{.id = "", .type = "", .data = "1"}, {.id = "", .type = "", .data = "2"}};
    CHECK(hub.broker().try_broadcast(two).has_value());
    CHECK(hub.broker().try_broadcast(two).has_value());
    CHECK(hub.broker().try_broadcast(two).error() == errc::ring_full);
    hub.settle();
    CHECK(hub.broker().try_broadcast(two).has_value());
    CHECK(hub.broker().try_broadcast(std::vector<event>(5, two[0])).error() == errc::ring_full);
    hub.settle();
    CHECK(take_all(*client) == strings{"1", "2", "1", "2", "1", "2"});
}

TEST_CASE("broadcast · on the shard's own thread it does the shard's work while the ring is full") {
    broker_config c;
    c.log.ring_size = 4;
    polled_hub hub{c};
    auto const client = hub.connect();
    hub.publish("first"); // the shard has run once
    for (int i = 0; i != 20; ++i) {
        CHECK(hub.broker().broadcast({.id = "", .type = "", .data = std::to_string(i)}).has_value());
    }
    CHECK(hub.broker().broadcast(std::vector<event>(11, {.id = "", .type = "", .data = "x"})).has_value());
    hub.settle();
    auto const seen = take_all(*client);
    REQUIRE(seen.size() == 32);
    CHECK(seen[1] == "0");
    CHECK(seen[20] == "19");
}

TEST_CASE("broadcast · from within the shard's work, with no room, answers ring_full") {
    broker_config c;
    c.log.ring_size = 2;
    polled_hub hub{c};
    auto const client = hub.connect();
    std::optional<error_code> answer;
    client->async_wait(boost::asio::bind_executor(hub.executor(), [&](error_code) {
        // The clients are woken while the shard takes events from the ring.
        while (!answer) {
            auto const r = hub.broker().broadcast({.id = "", .type = "", .data = "again"});
            if (r.has_error()) {
                answer = r.error();
            }
        }
    }));
    hub.publish("x");
    CHECK(answer == errc::ring_full);
    CHECK(take_all(*client).size() == 3); // x, and the two for which there was room
}

TEST_CASE("async_broadcast · waits for room and loses nothing, also when the batch is larger than the ring") {
    broker_config c;
    c.log.ring_size = 4;
    polled_hub hub{c};
    auto const client = hub.connect();
    std::vector<event> events;
    strings expected;
    for (int i = 0; i != 50; ++i) {
        expected.push_back(std::to_string(i));
        events.push_back({.id = "", .type = "", .data = expected.back()});
    }
    auto const [ec, receipt] = hub.run<error_code, publish_receipt>(
        [&](auto handler) { hub.broker().async_broadcast(events, std::move(handler)); });
    CHECK(ec == error_code{});
    CHECK(receipt.count == 50);
    hub.settle();
    CHECK(take_all(*client) == expected);
}

TEST_CASE(
    "async_send · reaches the named sessions, connected or buffered, and names those that are unknown") {
    polled_hub hub{{}, 2};
    auto const a = hub.try_connect({}, 0).second;
    auto const b = hub.try_connect({}, 1).second;
    auto c = hub.try_connect({}, 1).second;
    auto const gone = claim_of(*c);
    c = nullptr;
    auto const stranger = to_string(make_session_id());
    auto const [ec, receipt] = hub.send({id_of(*a), gone.claim, stranger, "nonsense", id_of(*a)}, "x", "t");
    CHECK(ec == error_code{});
    CHECK(parse_event_id(receipt.id)->lo == 1);
    CHECK(receipt.unknown == strings{stranger, "nonsense"});
    CHECK(take_all(*a) == strings{"x"}); // named twice, sent once
    CHECK(take_all(*b).empty());
    auto const again = hub.connect(gone);
    CHECK(again->resumed());
    CHECK(take_all(*again) == strings{"R:x"});
    CHECK(hub.send({stranger, "nonsense"}, "x").first == errc::unknown_session);
    CHECK(hub.send({id_of(*a)}, "x", "connected").first == errc::reserved_type);
    CHECK(hub.broker().session_stats().events_published == 1);
}

TEST_CASE("async_send · with no session named is a broadcast") {
    polled_hub hub;
    auto const a = hub.connect();
    CHECK(hub.send({}, "x").first == error_code{});
    CHECK(take_all(*a) == strings{"x"});
}

TEST_CASE("filter · applies to broadcasts and sends, and a client sleeps through what it does not want") {
    polled_hub hub;
    auto const c = hub.connect(wanting({"a"}));
    int woken = 0;
    c->async_wait(boost::asio::bind_executor(hub.executor(), [&](error_code) { ++woken; }));
    hub.publish("1", "b");
    hub.send({id_of(*c)}, "2", "b");
    CHECK(woken == 0);
    auto const last = hub.publish("3", "a");
    CHECK(woken == 1);
    CHECK(take_all(*c) == strings{"3"});
    hub.send({id_of(*c)}, "4", "a");
    CHECK(take_all(*c) == strings{"4"});
    CHECK(parse_event_id(last)->lo == 3);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("broker · clients and sessions");

TEST_CASE("connect · a new session is live: it gets what is published from now on") {
    polled_hub hub;
    hub.publish("before");
    auto const c = hub.connect();
    CHECK_FALSE(c->resumed());
    CHECK(c->plan().told == 1);
    hub.publish("after");
    CHECK(take_all(*c) == strings{"after"});
    CHECK(hub.broker().client_count() == 1);
}

TEST_CASE("resume · gets what was missed as replay, then live, each once, in order") {
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

TEST_CASE("resume · events published but not yet seen by the shard belong to the replay") {
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

TEST_CASE("takeover · the old connection ends first, and the new one goes on from what was delivered") {
    polled_hub hub;
    auto const old = hub.connect();
    std::optional<error_code> ended;
    old->async_wait(boost::asio::bind_executor(hub.executor(), [&](error_code ec) { ended = ec; }));
    auto const fresh = hub.connect(claim_of(*old));
    CHECK(ended == errc::taken_over);
    CHECK(old->done());
    CHECK(hub.broker().client_count() == 1);
    hub.publish("x");
    CHECK(take_all(*old).empty());
    CHECK(take_all(*fresh) == strings{"x"});
}

TEST_CASE("takeover · what the old client still says of its run no longer moves the session") {
    polled_hub hub;
    auto const old = hub.connect();
    std::optional<run_ptr> got;
    auto const receive = [&](client& c) {
        got.reset();
        c.async_receive(
            boost::asio::bind_executor(hub.executor(), [&](error_code, run_ptr r) { got = std::move(r); }));
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

TEST_CASE("async_receive · gives runs, then waits; a run counts as delivered with the next call") {
    polled_hub hub;
    auto c = hub.connect();
    std::vector<std::pair<error_code, run_ptr>> got;
    auto const receive = [&] {
        c->async_receive(boost::asio::bind_executor(
            hub.executor(), [&](error_code ec, run_ptr r) { got.emplace_back(ec, std::move(r)); }));
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

TEST_CASE("async_receive · a client that ends while its success is on the way hears why it ended") {
    polled_hub hub;
    auto const c = hub.connect();
    hub.publish("1");
    std::optional<std::pair<error_code, run_ptr>> got;
    c->async_receive(boost::asio::bind_executor(
        hub.executor(), [&](error_code ec, run_ptr r) { got.emplace(ec, std::move(r)); }));
    c->end(errc::removed);
    hub.settle();
    REQUIRE(got);
    CHECK(got->first == errc::removed);
    CHECK_FALSE(got->second);
}

TEST_CASE("lag · a client that does not come back for its events in time is ended, never skipped ahead") {
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
    CHECK(c->reason() == errc::slow_consumer);
    auto const again = hub.connect(claim_of(*c));
    CHECK(again->plan().dropped == 21);
    CHECK(take_all(*again).size() == 8);
}

TEST_CASE("lag · a burst that the ring holds at once is no reason to cut a client that waits") {
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

TEST_CASE("connect · on another executor than the session's home answers wrong_executor") {
    polled_hub hub{{}, 2};
    auto const c = hub.try_connect({}, 1).second;
    CHECK(hub.broker().home(id_of(*c)) == hub.executor(1));
    CHECK(hub.try_connect(claim_of(*c), 0).first == errc::wrong_executor);
    CHECK_FALSE(c->done());
    CHECK(hub.try_connect(claim_of(*c), 1).first == error_code{});
    CHECK_FALSE(hub.broker().home("").has_value());
    CHECK_FALSE(hub.broker().home("nonsense").has_value());

    boost::asio::io_context elsewhere;
    std::optional<error_code> answer;
    hub.broker().async_connect(
        {},
        boost::asio::bind_executor(elsewhere, [&](error_code ec, std::unique_ptr<client>) { answer = ec; }));
    elsewhere.run();
    CHECK(answer == errc::wrong_executor);
}

TEST_CASE("limits · connections and sessions") {
    broker_config config;
    config.streams.max_connections = 2;
    config.sessions.max_sessions = 3;
    polled_hub hub{config};
    auto const a = hub.connect();
    auto b = hub.connect();
    CHECK(hub.try_connect().first == errc::too_many_connections);
    // Taking over needs no further connection.
    auto const again = hub.connect(claim_of(*a));
    CHECK(hub.broker().client_count() == 2);
    b = nullptr; // its session stays
    auto const c = hub.connect();
    CHECK(hub.broker().session_stats().total_sessions == 3);
    auto const mint = hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); });
    CHECK(std::get<0>(mint) == errc::too_many_sessions);
}

TEST_CASE("limits · a refusal above max_sessions gives its connection back") {
    broker_config config;
    config.streams.max_connections = 2;
    config.sessions.max_sessions = 1;
    polled_hub hub{config};
    auto const a = hub.connect();
    for (int i = 0; i != 5; ++i) {
        CHECK(hub.try_connect().first == errc::too_many_sessions);
    }
}

TEST_CASE("async_disconnect · ends the connection, the session stays") {
    polled_hub hub;
    auto const c = hub.connect();
    auto const id = c->session().id();
    CHECK(hub.disconnect(id) == std::pair{error_code{}, true});
    CHECK(c->reason() == errc::disconnected);
    CHECK(hub.disconnect(id) == std::pair{error_code{}, false});
    CHECK(hub.disconnect(make_session_id()).first == errc::unknown_session);
    hub.publish("x");
    auto const again = hub.connect(claim_of(*c));
    CHECK(take_all(*again) == strings{"R:x"});
}

TEST_CASE("async_remove · ends the connection and forgets the session") {
    polled_hub hub;
    auto const c = hub.connect();
    auto const remove = [&](session_id id) {
        return std::get<0>(hub.run<error_code>([&](auto h) { hub.broker().async_remove(id, std::move(h)); }));
    };
    CHECK(remove(c->session().id()) == error_code{});
    CHECK(c->reason() == errc::removed);
    CHECK(remove(c->session().id()) == errc::unknown_session);
    CHECK(hub.broker().session_stats().total_sessions == 0);
    auto const again = hub.connect(claim_of(*c));
    CHECK_FALSE(again->resumed());
    CHECK(again->session().id() != c->session().id());
}

TEST_CASE("async_mint · collects from then on, for whoever claims it first") {
    polled_hub hub{{}, 2};
    hub.publish("before");
    auto const [ec, id] =
        hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); }, 1);
    REQUIRE(ec == error_code{});
    CHECK(home_of(id, 2) == 1);
    hub.publish("1");
    hub.send({to_string(id)}, "2");
    auto const c = hub.connect({.claim = to_string(id), .last_event_id = {}, .meta = {}});
    CHECK(c->session().id() == id);
    CHECK_FALSE(c->resumed());
    CHECK(c->session().reconnections == 0);
    CHECK(take_all(*c) == strings{"R:1", "R:2"});
}

TEST_CASE("ownership · a claim by another agent is refused and the owner is unharmed") {
    struct watcher_type final : observer {
        void on_claim_rejected(session_meta const& owner, session_meta const& claimant) override {
            rejected.push_back(owner.user_agent + " / " + claimant.user_agent);
        }
        void on_session_thrashing(session_meta const&) override { ++thrashing; }
        void on_takeover(session_meta const&) override { ++takeovers; }
        void on_slow_consumer(session_meta const&) override { ++slow; }
        strings rejected;
        int thrashing = 0;
        int takeovers = 0;
        int slow = 0;
    } watcher;
    polled_hub hub{{}, 1, &watcher};
    connect_request request;
    request.meta.user_agent = "owner";
    auto const c = hub.connect(request);
    request = claim_of(*c);
    request.meta.user_agent = "thief";
    CHECK(hub.try_connect(request).first == errc::not_the_owner);
    CHECK_FALSE(c->done());
    CHECK(watcher.rejected == strings{"owner / thief"});
    CHECK(hub.broker().session_stats().rejected_claims == 1);
    hub.publish("x");
    CHECK(take_all(*c) == strings{"x"});

    request.meta.user_agent = "owner";
    auto latest = hub.connect(request);
    CHECK(watcher.takeovers == 1);
    for (int i = 0; i != 10; ++i) {
        latest = hub.connect(request);
    }
    CHECK(watcher.thrashing == 1);
    CHECK(hub.broker().session_stats().thrashing_sessions == 1);
    CHECK(hub.broker().session_stats().reconnections == 11);
    for (int i = 0; i != 89; ++i) {
        latest = hub.connect(request);
    }
    CHECK(hub.try_connect(request).first == errc::thrashing);
    CHECK_FALSE(latest->done()); // the refused claim took nothing over
}

TEST_CASE("without reconnection · every connection is a new session that ends with it") {
    broker_config config;
    config.sessions.reconnection = false;
    polled_hub hub{config};
    auto c = hub.connect();
    auto const claim = claim_of(*c);
    CHECK_FALSE(hub.broker().home(claim.claim).has_value());
    auto const other = hub.connect(claim);
    CHECK_FALSE(other->resumed());
    CHECK_FALSE(c->done());
    c = nullptr;
    CHECK(hub.broker().session_stats().total_sessions == 1);
    auto const mint = hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); });
    CHECK(std::get<0>(mint) == errc::reconnection_off);
}

TEST_CASE("async_list · pages by id over all shards") {
    polled_hub hub{{}, 3};
    std::vector<std::unique_ptr<client>> clients;
    strings ids;
    for (std::size_t i = 0; i != 9; ++i) {
        clients.push_back(hub.try_connect(wanting({"a", "b"}), i % 3).second);
        ids.push_back(id_of(*clients.back()));
    }
    std::ranges::sort(ids);
    clients[4] = nullptr;
    hub.publish("x", "a");
    std::optional<session_id> after;
    strings seen;
    for (;;) {
        auto [page] = hub.run<std::vector<session_info>>(
            [&](auto h) { hub.broker().async_list(after, 4, std::move(h)); });
        for (auto const& info : page) {
            seen.push_back(info.id);
            CHECK(info.types == strings{"a", "b"});
            CHECK(info.buffered == 1); // nobody has taken it yet
            CHECK(info.lag == 1);
        }
        if (page.size() != 4) {
            break;
        }
        after = parse_session_id(page.back().id);
    }
    CHECK(seen == ids);
}

TEST_CASE("session_stats · counts what was done") {
    polled_hub hub;
    auto const a = hub.connect();
    auto b = hub.connect();
    b = nullptr;
    hub.publish("1");
    hub.send({id_of(*a)}, "2");
    CHECK(take_all(*a).size() == 2);
    auto const s = hub.broker().session_stats();
    CHECK(s.active_clients == 1);
    CHECK(s.total_sessions == 2);
    CHECK(s.buffered_sessions == 1);
    CHECK(s.events_published == 2);
    CHECK(s.events_delivered == 2);
    CHECK(s.reconnections == 0);
    CHECK(s.uptime.count() > 0);
}

TEST_CASE("cleanup · expired sessions are swept without being touched") {
    broker_config config;
    config.sessions.buffer_ttl = 1ms;
    config.sessions.cleanup_interval = 1ms;
    polled_hub hub{config, 2};
    auto a = hub.try_connect({}, 0).second;
    auto b = hub.try_connect({}, 1).second;
    a = nullptr;
    b = nullptr;
    hub.settle_until([&] { return hub.broker().session_stats().total_sessions == 0; });
    CHECK(hub.broker().client_count() == 0);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("broker · stop");

TEST_CASE("async_stop · ends every client, waits for them, and refuses what comes after") {
    polled_hub hub{{}, 2};
    auto a = hub.try_connect({}, 0).second;
    auto b = hub.try_connect({}, 1).second;
    bool stopped = false;
    hub.publish("x");
    hub.broker().async_stop(1h, boost::asio::bind_executor(hub.executor(), [&] { stopped = true; }));
    hub.settle();
    CHECK(hub.broker().stopping());
    CHECK(a->reason() == errc::shut_down);
    CHECK(b->reason() == errc::shut_down);
    CHECK_FALSE(stopped);
    CHECK(hub.try_connect().first == errc::stopped);
    CHECK(hub.broker().broadcast({.id = "", .type = "", .data = "x"}).error() == errc::stopped);
    CHECK(hub.broker().try_broadcast(std::vector<event>(1)).error() == errc::stopped);
    CHECK(std::get<0>(hub.run<error_code, session_id>(
              [&](auto h) { hub.broker().async_mint(std::move(h)); })) == errc::stopped);
    a = nullptr;
    hub.settle();
    CHECK_FALSE(stopped);
    b = nullptr;
    hub.settle();
    CHECK(stopped);
}

TEST_CASE("async_stop · with nobody connected completes at once, and again when it is called again") {
    polled_hub hub{{}, 3};
    hub.stop();
    hub.stop();
    CHECK(hub.broker().stopping());
}

TEST_CASE("async_stop · called a second time while it waits, both complete") {
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

TEST_CASE("the end of a broker · that was not stopped destroys what still waits") {
    auto const alive = std::make_shared<int>();
    boost::asio::io_context context;
    std::unique_ptr<client> c;
    {
        broker b{{context.get_executor()}};
        b.async_connect({},
                        boost::asio::bind_executor(
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
