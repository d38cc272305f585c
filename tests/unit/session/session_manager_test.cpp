#include <sluice/session/session_manager.hpp>

#include <sluice/client.hpp>

#include <doctest/doctest.h>
#include <session/session_log.hpp>

#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::at_time;
using test::sequences_after;
using test::session_log;
using test::small_limits;
using sequences = std::vector<std::uint64_t>;

/// The manager only keeps the address of a session's client: the tests give it a place where none lives.
client& a_client() {
    alignas(client) static std::byte place[sizeof(client)];
    return reinterpret_cast<client&>(place);
}

sequences targeted_of(session const& s) {
    sequences found;
    for (std::size_t i = 0; i != s.targeted.size(); ++i) {
        found.push_back(s.targeted[i].sequence());
    }
    return found;
}

TEST_SUITE_BEGIN("session/session_manager");

TEST_CASE("create · makes a session at the log's head, which get finds") {
    session_log t;
    t.publish("aaa");
    auto const s = *t.manager.create(t.now, false);
    CHECK(s->at == position{3, 3});
    CHECK(s->created() == t.now.wall);
    CHECK(s->claimed());
    CHECK_FALSE(s->active());
    CHECK(t.manager.get(s->id(), t.now) == s);
    CHECK_FALSE(t.manager.get({.high = 9, .low = 9}, t.now));
    CHECK(t.manager.total() == 1);
    CHECK(t.manager.active() == 0);
    CHECK(t.all == 1);
}

TEST_CASE("create · refuses above max_sessions, which counts every shard's") {
    broker_config c;
    c.sessions.max_sessions = 3;
    session_log t{c};
    t.all = 1; // another shard's
    REQUIRE(t.manager.create(t.now, false).has_value());
    auto const second = *t.manager.create(t.now, true);
    CHECK(t.manager.create(t.now, false).error() == errc::too_many_sessions);
    CHECK(t.all == 3);
    t.manager.remove(*second);
    CHECK(t.all == 2);
    CHECK(t.manager.create(t.now, false).has_value());
}

TEST_CASE("expiry · a disconnected session lives for the ttl and not longer") {
    session_log t; // 30 s
    auto const s = t.make_session();
    t.manager.connect(*s, a_client(), at_time(0s));
    CHECK(s->active());
    CHECK(t.manager.active() == 1);
    CHECK(t.manager.expire(at_time(1h)) == 0); // connected: never
    CHECK(t.manager.get(s->id(), at_time(1h)) == s);

    t.manager.disconnect(*s, at_time(10s));
    CHECK_FALSE(s->active());
    CHECK(s->last_seen == at_time(10s).wall);
    CHECK(t.manager.active() == 0);
    CHECK(t.manager.expire(at_time(40s - 1ms)) == 0);
    CHECK(t.manager.get(s->id(), at_time(40s - 1ms)) == s);
    CHECK(t.manager.expire(at_time(40s)) == 1);
    CHECK_FALSE(t.manager.get(s->id(), at_time(10s)));
    CHECK(t.manager.total() == 0);
    CHECK(t.all == 0);
}

TEST_CASE("expiry · a session that is touched when it is due goes at once, before the sweep") {
    session_log t;
    auto const s = t.make_session();
    t.manager.connect(*s, a_client(), at_time(0s));
    t.manager.disconnect(*s, at_time(0s));
    CHECK(t.manager.list({}, 10, at_time(30s)).empty());
    CHECK_FALSE(t.manager.get(s->id(), at_time(30s)));
    CHECK(t.manager.total() == 0);
    CHECK(t.manager.expire(at_time(30s)) == 0);
}

TEST_CASE("expiry · a reconnection saves the session and the ttl begins anew after it") {
    session_log t;
    auto const s = t.make_session();
    t.manager.connect(*s, a_client(), at_time(0s));
    t.manager.disconnect(*s, at_time(0s));
    t.manager.connect(*s, a_client(), at_time(29s));
    CHECK(t.manager.expire(at_time(100s)) == 0);
    t.manager.disconnect(*s, at_time(100s));
    CHECK(t.manager.expire(at_time(129s)) == 0);
    CHECK(t.manager.expire(at_time(130s)) == 1);
}

TEST_CASE("expiry · is oldest first and stops at the first that is not due") {
    session_log t;
    std::vector<session_ptr> all;
    for (int i = 0; i != 4; ++i) {
        all.push_back(t.make_session());
        t.manager.connect(*all.back(), a_client(), at_time(0s));
    }
    for (auto const i : {2U, 0U, 3U, 1U}) { // left at 0, 1, 2 and 3 s
        t.manager.disconnect(*all[i], at_time(std::chrono::seconds{t.manager.total() - t.manager.active()}));
    }
    CHECK(t.manager.expire(at_time(31s)) == 2);
    CHECK_FALSE(t.manager.get(all[2]->id(), at_time(31s)));
    CHECK_FALSE(t.manager.get(all[0]->id(), at_time(31s)));
    CHECK(t.manager.get(all[3]->id(), at_time(31s)) == all[3]);
    CHECK(t.manager.get(all[1]->id(), at_time(31s)) == all[1]);
    CHECK(t.manager.expire(at_time(33s)) == 2);
}

TEST_CASE("a minted session · collects from the mint on, has no owner, and expires unless it is claimed") {
    session_log t;
    t.publish("a");
    auto const s = *t.manager.create(at_time(0s), true);
    CHECK_FALSE(s->claimed());
    session_meta claimant;
    claimant.user_agent = "anyone";
    CHECK_FALSE(t.manager.validate_ownership(*s, claimant));
    t.publish("bC", &*s);
    SUBCASE("not claimed") { CHECK(t.manager.expire(at_time(30s)) == 1); }
    SUBCASE("claimed") {
        auto const plan = t.manager.join(*s, claimant, "");
        t.manager.connect(*s, a_client(), at_time(29s));
        CHECK(sequences_after(*s, plan.from) == sequences{2, 3});
        CHECK(plan.replay == 2);
        CHECK(plan.dropped == 0);
        CHECK(s->reconnections == 0);
        CHECK(s->claimed());
        CHECK(t.manager.expire(at_time(1h)) == 0);
        CHECK_FALSE(t.manager.validate_ownership(*s, claimant));
        claimant.user_agent = "another";
        CHECK(t.manager.validate_ownership(*s, claimant) == errc::not_the_owner);
    }
}

TEST_CASE("join · a new session is replayed broadcasts after the last id that it names") {
    session_log t{small_limits(3, 2)};
    t.publish("aaaaa"); // held 3 4 5
    struct row {
        std::string last_id;
        sequences replayed;
        std::optional<std::uint64_t> dropped;
    };
    std::vector<row> const rows{{"", {}, 0},
                                {session_log::id(5), {}, 0},
                                {session_log::id(4), {5}, 0},
                                {session_log::id(3), {4, 5}, 0},
                                {session_log::id(2), {4, 5}, 1},
                                {session_log::id(1), {4, 5}, 2},
                                {session_log::id(6), {4, 5}, std::nullopt},
                                {"1-1", {4, 5}, std::nullopt},
                                {"unknown", {4, 5}, std::nullopt}};
    for (auto const& r : rows) {
        CAPTURE(r.last_id);
        auto const s = *t.manager.create(t.now, false);
        auto const plan = t.manager.join(*s, {}, r.last_id);
        CHECK(sequences_after(*s, plan.from) == r.replayed);
        CHECK(plan.replay == r.replayed.size());
        CHECK(plan.dropped == r.dropped);
    }
}

TEST_CASE("reconnect · goes on from the last id if it can be placed, else from what was written") {
    session_log t;
    auto const s = t.make_session();
    t.manager.connect(*s, a_client(), t.now);
    t.publish("aAaaa", &*s);
    s->at = t.log.position_after(3); // so much was written
    s->last_written = 3;
    t.manager.disconnect(*s, t.now);
    t.publish("aA", &*s); // 6 7
    struct row {
        std::string last_id;
        std::uint64_t told;
        sequences replayed;
    };
    std::vector<row> const rows{
        {"", 3, {4, 5, 6, 7}},
        {session_log::id(3), 3, {4, 5, 6, 7}},
        {session_log::id(1), 1, {2, 3, 4, 5, 6, 7}}, // written, but it never arrived
        {session_log::id(0), 0, {1, 2, 3, 4, 5, 6, 7}},
        {session_log::id(6), 6, {7}},
        {session_log::id(99), 3, {4, 5, 6, 7}},
        {"1-1", 3, {4, 5, 6, 7}},
        {"unknown", 3, {4, 5, 6, 7}},
    };
    std::uint64_t times = 0;
    for (auto const& r : rows) {
        CAPTURE(r.last_id);
        auto const again = t.manager.reconnect(*s, {}, r.last_id, t.now);
        REQUIRE(again.has_value());
        CHECK(again->plan.told == r.told);
        CHECK(sequences_after(*s, again->plan.from) == r.replayed);
        CHECK(again->plan.replay == r.replayed.size());
        CHECK(again->plan.dropped == 0);
        CHECK(s->reconnections == ++times);
    }
}

TEST_CASE("reconnect · a client that has all that was written learns an exact loss, also with a filter") {
    session_log t{small_limits(3, 100)};
    auto const s = t.make_session({"a"});
    t.manager.connect(*s, a_client(), t.now);
    t.publish("abbb"); // a is written, then nothing matched
    s->at = t.log.head();
    s->last_written = 1;
    t.manager.disconnect(*s, t.now);
    t.publish("ababab"); // 5..10, held 8 9 10
    auto const again = t.manager.reconnect(*s, {}, session_log::id(1), t.now);
    REQUIRE(again.has_value());
    CHECK(again->plan.told == 1);
    CHECK(sequences_after(*s, again->plan.from) == sequences{9});
    CHECK(again->plan.dropped == 2);
}

TEST_CASE("reconnect · with buffer_size 0 nothing is replayed and the loss is told") {
    session_log t{small_limits(100, 0)};
    auto const s = t.make_session();
    t.manager.connect(*s, a_client(), t.now);
    t.manager.disconnect(*s, t.now);
    t.publish("aAA", &*s);
    auto const again = t.manager.reconnect(*s, {}, "", t.now);
    REQUIRE(again.has_value());
    CHECK(again->plan.replay == 0);
    CHECK(again->plan.from == t.log.head());
    CHECK(again->plan.dropped == 3);
    CHECK(s->targeted.empty());
}

TEST_CASE("thrash · is noticed once per burst and refused above the hard limit") {
    session_log t; // reported above 10 in 2 s, refused above 100
    auto const s = t.make_session();
    auto const reconnect_at = [&](std::chrono::milliseconds time) {
        return t.manager.reconnect(*s, {}, "", at_time(time));
    };
    SUBCASE("ten are not yet thrashing, the eleventh is, the twelfth is no news") {
        for (int i = 0; i != 10; ++i) {
            CHECK_FALSE(reconnect_at(i * 100ms)->thrashing_began);
        }
        CHECK(reconnect_at(1s)->thrashing_began);
        CHECK_FALSE(reconnect_at(1s)->thrashing_began);
        // The burst is over; the next one is told again.
        CHECK_FALSE(reconnect_at(10s)->thrashing_began);
        for (int i = 0; i != 9; ++i) {
            CHECK_FALSE(reconnect_at(10s)->thrashing_began);
        }
        CHECK(reconnect_at(10s)->thrashing_began);
    }
    SUBCASE("eleven spread over more than the window are not thrashing") {
        for (int i = 0; i != 30; ++i) {
            CHECK_FALSE(reconnect_at(i * 200ms)->thrashing_began);
        }
    }
    SUBCASE(
        "the hundred and first in the sliding window is refused, and is allowed when the first has left it") {
        for (int i = 0; i != 100; ++i) {
            REQUIRE(reconnect_at(i * 10ms).has_value());
        }
        CHECK(t.manager.refuses_reconnection(*s, at_time(1s)));
        CHECK(reconnect_at(1999ms).error() == errc::thrashing);
        CHECK(s->reconnections == 100);
        CHECK(reconnect_at(2000ms).has_value());
        CHECK(reconnect_at(2000ms).error() == errc::thrashing);
        CHECK(reconnect_at(2010ms).has_value());
    }
}

TEST_CASE("buffer_event · a disconnected session keeps the last buffer_size and counts the others as lost") {
    session_log t{small_limits(100, 3)};
    auto const s = t.make_session();
    t.manager.connect(*s, a_client(), t.now);
    t.manager.disconnect(*s, t.now);
    t.publish("AAAAA", &*s);
    CHECK(targeted_of(*s) == sequences{3, 4, 5});
    auto const again = t.manager.reconnect(*s, {}, "", t.now);
    CHECK(again->plan.dropped == 2);
    CHECK(again->plan.replay == 3);
}

TEST_CASE("buffer_event · what passes no filter gives way first") {
    session_log t{small_limits(100, 2)};
    auto const s = t.make_session({"a"});
    t.publish("ABABB", &*s);
    CHECK(targeted_of(*s) == sequences{1, 3});
    CHECK(s->unwritten_lost == 0);
    t.publish("A", &*s);
    CHECK(targeted_of(*s) == sequences{3, 6});
    CHECK(s->unwritten_lost == 1);
}

TEST_CASE("buffer_event · what a connection has yet to write stays, what it has written gives way") {
    session_log t{small_limits(100, 2)};
    auto const s = t.make_session();
    t.manager.connect(*s, a_client(), t.now);
    t.publish("AAAA", &*s);
    CHECK(targeted_of(*s) == sequences{1, 2, 3, 4});
    s->at = t.log.head(); // all written
    t.publish("A", &*s);
    CHECK(targeted_of(*s) == sequences{4, 5});
    t.publish("AA", &*s);
    CHECK(targeted_of(*s) == sequences{5, 6, 7});
    t.manager.disconnect(*s, t.now);
    CHECK(targeted_of(*s) == sequences{6, 7});
    CHECK(s->unwritten_lost == 1); // 5 was pending and the buffer holds two
}

TEST_CASE("buffer_event · says when a connection has left too many unwritten") {
    session_log t{small_limits(100, 2)};
    auto const s = t.make_session();
    t.publish("AAAA", &*s, 1);
    CHECK(t.pending_ok); // not connected: bounded by the buffer alone
    t.manager.connect(*s, a_client(), t.now);
    s->at = t.log.head();
    t.publish("AA", &*s, 2);
    CHECK(t.pending_ok);
    t.publish("A", &*s, 2);
    CHECK_FALSE(t.pending_ok);
}

TEST_CASE("enforce_targeted_limits · bounds the targeted events of all sessions together, oldest first") {
    auto c = small_limits(4, 100);
    session_log t{c};
    auto const first = t.make_session();
    auto const second = t.make_session();
    t.publish("AA", &*first);  // 1 2
    t.publish("AA", &*second); // 3 4
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    t.publish("AA", &*first); // 5 6
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    CHECK(targeted_of(*first) == sequences{5, 6});
    CHECK(targeted_of(*second) == sequences{3, 4});
    CHECK(first->unwritten_lost == 2);
    CHECK(second->unwritten_lost == 0);
}

TEST_CASE("enforce_targeted_limits · by bytes") {
    auto c = small_limits(1000, 1000);
    c.log.max_bytes = 3 * test::stamped(1, {.type = "a"})->footprint();
    session_log t{c};
    auto const s = t.make_session();
    t.publish("AAAAA", &*s);
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    CHECK(targeted_of(*s) == sequences{3, 4, 5});
    t.manager.remove(*s);
    auto const next = t.make_session();
    t.publish("AAA", &*next);
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    CHECK(targeted_of(*next) == sequences{6, 7, 8}); // what was removed counts no more
}

TEST_CASE("enforce_targeted_limits · names a connected session that loses what it had yet to write") {
    session_log t{small_limits(2, 100)};
    auto const s = t.make_session();
    t.manager.connect(*s, a_client(), t.now);
    t.publish("AA", &*s);
    s->at = t.log.head();
    t.publish("AA", &*s);
    CHECK_FALSE(t.manager.enforce_targeted_limits()); // 1 and 2 were written
    t.publish("A", &*s);
    CHECK(t.manager.enforce_targeted_limits() == s);
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    CHECK(targeted_of(*s) == sequences{4, 5});
}

TEST_CASE("remove · forgets the session and all that it held") {
    session_log t;
    auto const s = t.make_session();
    t.publish("AA", &*s);
    t.manager.remove(*s);
    CHECK_FALSE(t.manager.get(s->id(), t.now));
    CHECK(s->targeted.empty());
    CHECK(t.manager.total() == 0);
    t.manager.remove(*s); // again: nothing happens
    CHECK(t.manager.total() == 0);
    CHECK(t.all == 0);
}

TEST_CASE("disconnect · without reconnection the session ends with its connection") {
    broker_config c;
    c.sessions.reconnection = false;
    session_log t{c};
    auto const s = t.make_session();
    t.manager.connect(*s, a_client(), t.now);
    t.manager.disconnect(*s, t.now);
    CHECK_FALSE(t.manager.get(s->id(), t.now));
    CHECK(t.all == 0);
}

TEST_CASE("list · pages by id") {
    session_log t;
    std::vector<session_ptr> all;
    for (int i = 0; i != 5; ++i) {
        all.push_back(t.make_session());
    }
    auto page = t.manager.list({}, 2, t.now);
    REQUIRE(page.size() == 2);
    CHECK(page[0] == all[0]);
    CHECK(page[1] == all[1]);
    page = t.manager.list(page.back()->id(), 2, t.now);
    REQUIRE(page.size() == 2);
    CHECK(page[0] == all[2]);
    page = t.manager.list(page.back()->id(), 2, t.now);
    REQUIRE(page.size() == 1);
    CHECK(page[0] == all[4]);
    CHECK(t.manager.list(all[4]->id(), 2, t.now).empty());
    CHECK(t.manager.list({}, 0, t.now).empty());
}

TEST_CASE("stop · forgets every session and takes its share off the count of all") {
    session_log t;
    t.all = 5; // other shards'
    auto const s = t.make_session();
    auto const minted = *t.manager.create(t.now, true);
    CHECK(t.all == 7);
    t.manager.stop();
    CHECK(t.all == 5);
    CHECK(t.manager.total() == 0);
    CHECK_FALSE(t.manager.get(s->id(), t.now));
    CHECK(t.manager.expire(at_time(1h)) == 0);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
