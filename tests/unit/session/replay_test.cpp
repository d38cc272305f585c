#include <sluice/session/replay.hpp>

#include <doctest/doctest.h>
#include <session/session_log.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

using test::sequences_after;
using test::session_log;
using test::small_limits;
using sequences = std::vector<std::uint64_t>;
using loss = std::optional<std::uint64_t>;

TEST_SUITE_BEGIN("session/replay");

TEST_CASE("plan_from · what is replayed and what is told as lost")
{
    struct row {
        std::string name;
        std::size_t log_events;
        std::vector<std::string> types;
        std::string_view published; ///< all after the session's own position, which is 0
        std::size_t limit;
        sequences replayed;
        loss dropped;
    };
    std::vector<row> const rows{
        {"nothing was published", 9, {}, "", 5, {}, 0},
        {"all fits", 9, {}, "abc", 5, {1, 2, 3}, 0},
        {"exactly the limit", 9, {}, "abc", 3, {1, 2, 3}, 0},
        {"one above the limit", 9, {}, "abcd", 3, {2, 3, 4}, 1},
        {"limit 1", 9, {}, "abcd", 1, {4}, 3},
        {"limit 0", 9, {}, "abcd", 0, {}, 4},
        {"limit 0 with nothing published", 9, {}, "", 0, {}, 0},
        {"older than the log", 3, {}, "aaaaa", 9, {3, 4, 5}, 2},
        {"older than the log, and above the limit", 3, {}, "aaaaa", 2, {4, 5}, 3},
        {"older than the log, limit 0", 3, {}, "aaaaa", 0, {}, 5},
        {"targeted between", 9, {}, "aAbB", 9, {1, 2, 3, 4}, 0},
        {"targeted between, above the limit", 9, {}, "aAbB", 3, {2, 3, 4}, 1},
        {"targeted alone", 9, {}, "AAA", 2, {2, 3}, 1},
        {"older than the log with targeted held", 2, {}, "aAaaAa", 9, {2, 4, 5, 6}, 2},
        {"older than the log with targeted held, above the limit", 2, {}, "aAaaAa", 3, {4, 5, 6}, 3},
        {"filter", 9, {"a"}, "abcab", 9, {1, 4}, 0},
        {"filter, above the limit", 9, {"a"}, "abcaba", 2, {4, 6}, 1},
        {"filter, mixed", 9, {"a"}, "aBAbaA", 9, {1, 3, 5, 6}, 0},
        {"filter, mixed, above the limit", 9, {"a"}, "aBAbaA", 2, {5, 6}, 2},
        {"filter of two", 9, {"a", "c"}, "abcacB", 3, {3, 4, 5}, 1},
        {"filter that nothing matched", 9, {"z"}, "abc", 9, {}, 0},
        {"filter, older than the log", 3, {"a"}, "aabbab", 9, {5}, 2},
        {"filter, older than the log, above the limit", 3, {"a"}, "abaaa", 2, {4, 5}, 2},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        session_log t{small_limits(r.log_events, 1000)};
        auto const s = t.make_session(r.types);
        s->remember_matches();
        t.publish(r.published, &*s);
        auto const plan = plan_from(*s, s->at, r.limit);
        CHECK(plan.told == 0);
        CHECK(plan.replay == r.replayed.size());
        CHECK(plan.dropped == r.dropped);
        CHECK(plan.until == t.log.head());
        CHECK(sequences_after(*s, plan.from) == r.replayed);
    }
}

TEST_CASE("plan_from · in the middle of the log")
{
    session_log t;
    auto const s = t.make_session();
    t.publish("aAaAaA", &*s);
    auto const plan = plan_from(*s, 3, 2);
    CHECK(plan.told == 3);
    CHECK(plan.replay == 2);
    CHECK(plan.dropped == 1);
    CHECK(sequences_after(*s, plan.from) == sequences{5, 6});
}

TEST_CASE("plan_from · at the head there is nothing to replay and nothing lost")
{
    session_log t{small_limits(2, 1000)};
    auto const s = t.make_session();
    t.publish("aaaaa");
    auto const plan = plan_from(*s, 5, 10);
    CHECK(plan.told == 5);
    CHECK(plan.from == t.log.head());
    CHECK(plan.replay == 0);
    CHECK(plan.dropped == 0);
}

TEST_CASE("plan_unplaced · gives what the log has, and the loss is not known")
{
    session_log t{small_limits(3, 1000)};
    auto const s = t.make_session();
    SUBCASE("an empty log")
    {
        auto const plan = plan_unplaced(*s, 10);
        CHECK(plan.replay == 0);
        CHECK(plan.dropped == std::nullopt);
        CHECK(plan.told == 0);
    }
    SUBCASE("a log that overflowed")
    {
        t.publish("aaaaa");
        auto const plan = plan_unplaced(*s, 10);
        CHECK(sequences_after(*s, plan.from) == sequences{3, 4, 5});
        CHECK(plan.replay == 3);
        CHECK(plan.dropped == std::nullopt);
    }
    SUBCASE("above the limit")
    {
        t.publish("aaaaa");
        auto const plan = plan_unplaced(*s, 2);
        CHECK(sequences_after(*s, plan.from) == sequences{4, 5});
        CHECK(plan.told == 3);
    }
    SUBCASE("limit 0")
    {
        t.publish("aaaaa");
        auto const plan = plan_unplaced(*s, 0);
        CHECK(plan.replay == 0);
        CHECK(plan.from == t.log.head());
        CHECK(plan.told == 5);
    }
}

TEST_CASE("plan_live · begins behind the newest event")
{
    session_log t;
    t.publish("aaa");
    auto const s = t.make_session();
    t.publish("aa");
    auto const plan = plan_live(*s);
    CHECK(plan.told == 5);
    CHECK(plan.from == 5);
    CHECK(plan.until == 5);
    CHECK(plan.replay == 0);
    CHECK(plan.dropped == 0);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
