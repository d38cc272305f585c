#include <sluice/session/session_manager.hpp>

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

TEST_SUITE_BEGIN("session/session_manager · reconnect");

TEST_CASE("join · a new session is replayed broadcasts after the last id that it names")
{
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

TEST_CASE("reconnect · goes on from the last id if it can be placed, else from what was written")
{
    session_log t;
    auto const s = t.make_session();
    t.connect(*s);
    t.publish("aAaaa", &*s);
    s->at = 3; // so much was written
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

TEST_CASE("reconnect · an own id given twice is the latest that was written, else the earliest")
{
    session_log t;
    auto const s = t.make_session();
    t.connect(*s);
    auto const publish = [&t](std::string type, std::vector<session_id> targets = {}) {
        auto const sequence = t.log.head() + 1;
        t.log.append(test::stamped(
            sequence, {.type = std::move(type), .data = "", .own_id = "x", .targets = std::move(targets)}));
    };
    publish("a");                          // 1
    t.publish("a");                        // 2
    publish("a");                          // 3
    publish("a", {{.high = 9, .low = 9}}); // 4, another session's
    t.publish("a");                        // 5
    publish("a");                          // 6, not written
    s->at = 5;
    s->last_written = 5;
    t.manager.disconnect(*s, t.now);
    CHECK(t.manager.reconnect(*s, {}, "x", t.now)->plan.told == 3);
    s->last_written = 2;
    CHECK(t.manager.reconnect(*s, {}, "x", t.now)->plan.told == 1);
    s->last_written = 0;
    CHECK(t.manager.reconnect(*s, {}, "x", t.now)->plan.told == 1);
}

TEST_CASE("reconnect · a client that has all that was written learns an exact loss, also with a filter")
{
    session_log t{small_limits(3, 100)};
    auto const s = t.make_session({"a"});
    t.connect(*s);
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

TEST_CASE("reconnect · an own id that was given again to others only cannot be placed")
{
    session_log t{small_limits(3, 3)};
    auto const s = t.make_session();
    t.connect(*s);
    auto const publish = [&t](std::vector<session_id> targets) {
        t.log.append(
            test::stamped(t.log.head() + 1, {.type = "a", .data = "", .own_id = "x", .targets = std::move(targets)}));
    };
    publish({}); // 1
    s->at = 1;
    s->last_written = 1;
    t.manager.disconnect(*s, t.now);
    t.publish("aaa"); // 1 has left the log
    publish({{.high = 9, .low = 9}});
    t.publish("a");
    auto const again = t.manager.reconnect(*s, {}, "x", t.now);
    REQUIRE(again.has_value());
    CHECK(again->plan.told == 1);
    CHECK(again->plan.replay == 3);
    CHECK(again->plan.dropped == 1);
}

TEST_CASE("reconnect · an own id that has left the log tells nothing of what arrived, unless it was written last")
{
    session_log t{small_limits(3, 3)};
    auto const s = t.make_session();
    t.connect(*s);
    for (auto const* const id : {"first", "last"}) {
        t.log.append(test::stamped(t.log.head() + 1, {.type = "a", .data = "", .own_id = id}));
    }
    s->at = 2;
    s->last_written = 2;
    CHECK(t.manager.reconnect(*s, {}, "unknown", t.now)->plan.dropped == 0); // nothing has left the log
    t.manager.disconnect(*s, t.now);
    t.publish("aaaa"); // 3..6, held 4 5 6
    struct row {
        std::string last_id;
        std::optional<std::uint64_t> dropped;
    };
    for (auto const& r :
         {row{"", 1}, row{"last", 1}, row{"first", std::nullopt}, row{"unknown", std::nullopt}, row{"1-1", 1}}) {
        CAPTURE(r.last_id);
        auto const plan = t.manager.reconnect(*s, {}, r.last_id, t.now)->plan;
        CHECK(plan.told == 2);
        CHECK(plan.replay == 3);
        CHECK(plan.dropped == r.dropped);
    }
    s->last_written = 1; // the other one may be the client's
    CHECK(t.manager.reconnect(*s, {}, "last", t.now)->plan.dropped == std::nullopt);
}

TEST_CASE("reconnect · with buffer_size 0 nothing is replayed and the loss is told")
{
    session_log t{small_limits(100, 0)};
    auto const s = t.make_session();
    t.connect(*s);
    t.manager.disconnect(*s, t.now);
    t.publish("aAA", &*s);
    auto const again = t.manager.reconnect(*s, {}, "", t.now);
    REQUIRE(again.has_value());
    CHECK(again->plan.replay == 0);
    CHECK(again->plan.from == t.log.head());
    CHECK(again->plan.dropped == 3);
}

TEST_CASE("thrash · is noticed once per burst and refused above the hard limit")
{
    session_log t; // reported above 10 in 2 s, refused above 100
    auto const s = t.make_session();
    auto const reconnect_at = [&](std::chrono::milliseconds time) {
        return t.manager.reconnect(*s, {}, "", at_time(time));
    };
    SUBCASE("ten are not yet thrashing, the eleventh is, the twelfth is no news")
    {
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
    SUBCASE("eleven spread over more than the window are not thrashing")
    {
        for (int i = 0; i != 30; ++i) {
            CHECK_FALSE(reconnect_at(i * 200ms)->thrashing_began);
        }
    }
    SUBCASE("the hundred and first in the sliding window is refused, and is allowed when the first has left it")
    {
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

TEST_SUITE_END();

} // namespace
} // namespace sluice
