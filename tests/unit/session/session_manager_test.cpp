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
using sequences = std::vector<std::uint64_t>;

TEST_SUITE_BEGIN("session/session_manager");

TEST_CASE("create · makes a session at the log's head, which get finds")
{
    session_log t;
    t.publish("aaa");
    auto const s = *t.manager.create(t.now, false);
    CHECK(s->at == 3);
    CHECK(s->created() == t.now.wall);
    CHECK(s->claimed());
    CHECK_FALSE(s->active());
    CHECK(t.manager.get(s->id(), t.now) == s);
    CHECK_FALSE(t.manager.get({.high = 9, .low = 9}, t.now));
    CHECK(t.manager.total() == 1);
    CHECK(t.manager.active() == 0);
    CHECK(t.all == 1);
}

TEST_CASE("create · refuses above max_sessions, which counts every shard's")
{
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

TEST_CASE("expiry · a disconnected session lives for the ttl and not longer")
{
    session_log t; // 30 s
    auto const s = t.make_session();
    t.connect(*s, at_time(0s));
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

TEST_CASE("expiry · a session that is touched when it is due goes at once, before the sweep")
{
    session_log t;
    auto const s = t.make_session();
    t.connect(*s, at_time(0s));
    t.manager.disconnect(*s, at_time(0s));
    CHECK(t.manager.list({.after = {}, .limit = 10, .subject = {}, .active = {}}, at_time(30s)).empty());
    CHECK_FALSE(t.manager.get(s->id(), at_time(30s)));
    CHECK(t.manager.total() == 0);
    CHECK(t.manager.expire(at_time(30s)) == 0);
}

TEST_CASE("expiry · a reconnection saves the session and the ttl begins anew after it")
{
    session_log t;
    auto const s = t.make_session();
    t.connect(*s, at_time(0s));
    t.manager.disconnect(*s, at_time(0s));
    t.connect(*s, at_time(29s));
    CHECK(t.manager.expire(at_time(100s)) == 0);
    t.manager.disconnect(*s, at_time(100s));
    CHECK(t.manager.expire(at_time(129s)) == 0);
    CHECK(t.manager.expire(at_time(130s)) == 1);
}

TEST_CASE("expiry · is oldest first and stops at the first that is not due")
{
    session_log t;
    std::vector<session_ptr> all;
    for (int i = 0; i != 4; ++i) {
        all.push_back(t.make_session());
        t.connect(*all.back(), at_time(0s));
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

TEST_CASE("a minted session · collects from the mint on, has no owner, and expires unless it is claimed")
{
    session_log t;
    t.publish("a");
    auto const s = *t.manager.create(at_time(0s), true);
    CHECK_FALSE(s->claimed());
    session_meta claimant;
    claimant.user_agent = "anyone";
    CHECK_FALSE(t.manager.validate_session_ownership(*s, claimant));
    t.publish("bC", &*s);
    SUBCASE("not claimed") { CHECK(t.manager.expire(at_time(30s)) == 1); }
    SUBCASE("claimed")
    {
        auto const plan = t.manager.join(*s, claimant, "");
        t.connect(*s, at_time(29s));
        CHECK(sequences_after(*s, plan.from) == sequences{2, 3});
        CHECK(plan.replay == 2);
        CHECK(plan.dropped == 0);
        CHECK(s->reconnections == 0);
        CHECK(s->claimed());
        CHECK(t.manager.expire(at_time(1h)) == 0);
        CHECK_FALSE(t.manager.validate_session_ownership(*s, claimant));
        claimant.user_agent = "another";
        CHECK(t.manager.validate_session_ownership(*s, claimant) == errc::not_the_owner);
    }
}

TEST_CASE("remove · forgets the session and all that it held")
{
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

TEST_CASE("disconnect · without reconnection the session ends with its connection")
{
    broker_config c;
    c.sessions.reconnection = false;
    session_log t{c};
    auto const s = t.make_session();
    t.connect(*s);
    t.manager.disconnect(*s, t.now);
    CHECK_FALSE(t.manager.get(s->id(), t.now));
    CHECK(t.all == 0);
}

TEST_CASE("list · pages by id")
{
    session_log t;
    std::vector<session_ptr> all;
    for (int i = 0; i != 5; ++i) {
        all.push_back(t.make_session());
    }
    auto page = t.manager.list({.after = {}, .limit = 2, .subject = {}, .active = {}}, t.now);
    REQUIRE(page.size() == 2);
    CHECK(page[0] == all[0]);
    CHECK(page[1] == all[1]);
    page = t.manager.list({.after = page.back()->id(), .limit = 2, .subject = {}, .active = {}}, t.now);
    REQUIRE(page.size() == 2);
    CHECK(page[0] == all[2]);
    page = t.manager.list({.after = page.back()->id(), .limit = 2, .subject = {}, .active = {}}, t.now);
    REQUIRE(page.size() == 1);
    CHECK(page[0] == all[4]);
    CHECK(t.manager.list({.after = all[4]->id(), .limit = 2, .subject = {}, .active = {}}, t.now).empty());
    CHECK(t.manager.list({.after = {}, .limit = 0, .subject = {}, .active = {}}, t.now).empty());
}

TEST_CASE("stop · forgets every session and takes its share off the count of all")
{
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
