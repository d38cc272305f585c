#include <sluice/session/replay.hpp>
#include <sluice/session/session_manager.hpp>

#include <doctest/doctest.h>
#include <session/session_log.hpp>

#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::sequences_after;
using test::session_log;
using test::small_limits;
using sequences = std::vector<std::uint64_t>;

sequences targeted_of(session const& s)
{
    sequences found;
    for (std::size_t i = 0; i != s.targeted.size(); ++i) {
        found.push_back(s.targeted[i].sequence());
    }
    return found;
}

TEST_SUITE_BEGIN("session/session_manager · buffer");

TEST_CASE("buffer_event · a disconnected session is replayed the last buffer_size and told of the others as lost")
{
    session_log t{small_limits(100, 3)};
    auto const s = t.make_session();
    t.connect(*s);
    t.manager.disconnect(*s, t.now);
    t.publish("AAAAA", &*s);
    auto const again = t.manager.reconnect(*s, {}, "", t.now);
    CHECK(sequences_after(*s, again->plan.from) == sequences{3, 4, 5});
    CHECK(again->plan.dropped == 2);
    CHECK(again->plan.replay == 3);
}

TEST_CASE("buffer_event · what passes no filter takes no place of what does")
{
    session_log t{small_limits(100, 2)};
    auto const s = t.make_session({"a"});
    t.publish("ABABB", &*s);
    CHECK(sequences_after(*s, plan_from(*s, 0, 2).from) == sequences{1, 3});
    CHECK(plan_from(*s, 0, 2).dropped == 0);
    t.publish("A", &*s);
    CHECK(sequences_after(*s, plan_from(*s, 0, 2).from) == sequences{3, 6});
    CHECK(plan_from(*s, 0, 2).dropped == 1);
}

TEST_CASE("buffer_event · what a connection has yet to write stays, whatever the buffer's size")
{
    session_log t{small_limits(100, 2)};
    auto const s = t.make_session();
    t.connect(*s);
    t.publish("AAAA", &*s);
    CHECK(targeted_of(*s) == sequences{1, 2, 3, 4});
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    s->at = t.log.head(); // all written
    t.publish("AAA", &*s);
    t.manager.disconnect(*s, t.now);
    auto const plan = t.manager.reconnect(*s, {}, "", t.now)->plan;
    CHECK(sequences_after(*s, plan.from) == sequences{6, 7});
    CHECK(plan.dropped == 1); // 5 was pending and the buffer holds two
}

TEST_CASE("buffer_event · says when a connection has left too many unwritten")
{
    session_log t{small_limits(100, 2)};
    auto const s = t.make_session();
    t.publish("AAAA", &*s, 1);
    CHECK(t.pending_ok); // not connected: bounded by the buffer alone
    t.connect(*s);
    s->at = t.log.head();
    t.publish("AA", &*s, 2);
    CHECK(t.pending_ok);
    t.publish("A", &*s, 2);
    CHECK_FALSE(t.pending_ok);
}

TEST_CASE("enforce_targeted_limits · bounds the targeted events of all sessions together, oldest first")
{
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
    CHECK(first->unwritten_lost.get() == 2);
    CHECK(second->unwritten_lost.get() == 0);
}

TEST_CASE("enforce_targeted_limits · by bytes")
{
    auto c = small_limits(1000, 1000);
    c.log.max_bytes = [] {
        session_log of_three;
        of_three.publish("AAA", &*of_three.make_session());
        return of_three.log.targeted_bytes();
    }();
    session_log t{c};
    auto const s = t.make_session();
    t.publish("AAAAA", &*s);
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    CHECK(targeted_of(*s) == sequences{3, 4, 5});
    t.manager.remove(*s);
    auto const next = t.make_session();
    t.publish("AAA", &*next);
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    CHECK(targeted_of(*next) == sequences{6, 7, 8});
    CHECK(t.log.targeted_bytes() == c.log.max_bytes);
}

TEST_CASE("enforce_targeted_limits · names a connected session that loses what it had yet to write")
{
    session_log t{small_limits(2, 100)};
    auto const s = t.make_session();
    t.connect(*s);
    t.publish("AA", &*s);
    s->at = t.log.head();
    t.publish("AA", &*s);
    CHECK_FALSE(t.manager.enforce_targeted_limits()); // 1 and 2 were written
    t.publish("A", &*s);
    CHECK(t.manager.enforce_targeted_limits() == s);
    t.manager.disconnect(*s, t.now);
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    CHECK(targeted_of(*s) == sequences{4, 5});
    CHECK(s->unwritten_lost.get() == 1);
}

TEST_CASE("enforce_targeted_limits · goes on where the session that it named is gone")
{
    session_log t{small_limits(1, 100)};
    auto const unknown = session_id{.high = 2, .low = 2};
    auto const s = t.make_session();
    t.connect(*s);
    auto const f = test::stamped(1, {.type = "a", .data = "x", .own_id = "", .targets = {unknown, s->id()}});
    t.log.append(f);
    CHECK(t.manager.buffer_event(*s, *f, 100));
    auto const another = t.make_session();
    t.publish("A", &*another);
    CHECK(t.manager.enforce_targeted_limits() == s); // the second target
    t.manager.disconnect(*s, t.now);
    t.manager.remove(*s);
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    CHECK(targeted_of(*another) == sequences{2});
}

TEST_CASE("lost_after · a loss that was unknown is known again once the position is behind it")
{
    session_log t{small_limits(2, 100)};
    auto const s = t.make_session();
    t.connect(*s);
    t.publish("AAA", &*s);
    s->at = t.log.head();
    CHECK_FALSE(t.manager.enforce_targeted_limits()); // 1 is gone, and was written
    CHECK(s->lost_after(3) == 0);
    s->at = 0; // but the client came back for it
    s->unwritten_lost.reset();
    CHECK(s->lost_after(0) == std::nullopt);
    t.publish("A", &*s);
    s->at = 1;
    CHECK(s->lost_after(1) == 0);
    t.manager.disconnect(*s, t.now);
    CHECK_FALSE(t.manager.enforce_targeted_limits());
    CHECK(s->lost_after(1) == 1);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
