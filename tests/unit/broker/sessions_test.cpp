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
using test::id_of;
using test::polled_hub;
using test::take_all;
using test::wanting;
using strings = std::vector<std::string>;

TEST_SUITE_BEGIN("broker · sessions");

TEST_CASE("limits · connections and sessions")
{
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

TEST_CASE("limits · a refusal above max_sessions gives its connection back")
{
    broker_config config;
    config.streams.max_connections = 2;
    config.sessions.max_sessions = 1;
    polled_hub hub{config};
    auto const a = hub.connect();
    for (int i = 0; i != 5; ++i) {
        CHECK(hub.try_connect().first == errc::too_many_sessions);
    }
}

TEST_CASE("an own id given twice · names no event from before the session, nor one that was told as lost")
{
    broker_config config;
    config.sessions.buffer_size = 1;
    polled_hub hub{config};
    auto const publish = [&hub](std::string own_id) {
        REQUIRE(hub.broker().broadcast({.id = std::move(own_id), .type = {}, .data = "x"}).has_value());
        hub.settle();
    };
    publish("twice"); // 1
    publish({});
    publish("twice"); // 3
    auto c = hub.connect();
    auto const claim = claim_of(*c, "twice");
    SUBCASE("before the session")
    {
        publish({});
        CHECK(take_all(*c) == strings{"x"});
    }
    SUBCASE("told as lost")
    {
        auto const without_last_id = claim_of(*c);
        c = nullptr;
        publish("twice");
        publish({});
        c = hub.connect(without_last_id);
        CHECK(take_all(*c) == strings{"R:x"});
    }
    c = hub.connect(claim);
    CHECK(c->plan().told == 1);
}

TEST_CASE("an event that a resumed session was told as lost · a new session cannot know whether it was its own")
{
    broker_config config;
    config.sessions.buffer_size = 1;
    polled_hub hub{config};
    auto const last = hub.publish("last");
    auto c = hub.connect();
    auto const claim = claim_of(*c);
    c = nullptr;
    REQUIRE(hub.send({claim.claim}, "for it alone").first == error_code{});
    hub.publish("for all");
    c = hub.connect(claim);
    CHECK(c->plan().dropped == 1);
    CHECK(take_all(*c) == strings{"R:for all"});
    CHECK(hub.connect({.claim = {}, .last_event_id = last, .meta = {}})->plan().dropped == std::nullopt);
}

TEST_CASE("async_disconnect · ends the connection, the session stays")
{
    polled_hub hub;
    auto const c = hub.connect();
    auto const id = c->session().id();
    CHECK(hub.disconnect(id) == std::pair{error_code{}, true});
    CHECK(c->reason() == end_reason::disconnected);
    CHECK(hub.disconnect(id) == std::pair{error_code{}, false});
    CHECK(hub.disconnect(make_session_id()).first == errc::unknown_session);
    hub.publish("x");
    auto const again = hub.connect(claim_of(*c));
    CHECK(take_all(*again) == strings{"R:x"});
}

TEST_CASE("async_remove · ends the connection and forgets the session")
{
    polled_hub hub;
    auto const c = hub.connect();
    auto const remove = [&](session_id id) {
        return std::get<0>(hub.run<error_code>([&](auto h) { hub.broker().async_remove(id, std::move(h)); }));
    };
    CHECK(remove(c->session().id()) == error_code{});
    CHECK(c->reason() == end_reason::removed);
    CHECK(remove(c->session().id()) == errc::unknown_session);
    CHECK(hub.broker().session_stats().total_sessions == 0);
    auto const again = hub.connect(claim_of(*c));
    CHECK_FALSE(again->resumed());
    CHECK(again->session().id() == c->session().id());
}

TEST_CASE("async_remove_all · forgets the sessions of a subject on every shard, connected or not, and no other")
{
    polled_hub hub{{}, 2};
    auto const of = [](std::string subject) {
        connect_request r;
        r.meta.grant.subject = std::move(subject);
        return r;
    };
    auto const a = hub.try_connect(of("ann"), 0).second;
    auto b = hub.try_connect(of("ann"), 1).second;
    auto const c = hub.try_connect(of("bob"), 1).second;
    auto const d = hub.try_connect(of(""), 0).second;
    b = nullptr;
    auto const remove = [&](std::string subject) {
        auto const start = [&](auto h) { hub.broker().async_remove_all(std::move(subject), std::move(h)); };
        return std::get<0>(hub.run<std::size_t>(start));
    };
    CHECK(remove("") == 0);
    CHECK(remove("ann") == 2);
    CHECK(a->reason() == end_reason::removed);
    CHECK_FALSE(c->done());
    CHECK_FALSE(d->done());
    CHECK(hub.broker().session_stats().total_sessions == 2);
    CHECK(remove("ann") == 0);
}

TEST_CASE("async_mint · collects from then on, for whoever claims it first")
{
    polled_hub hub{{}, 2};
    hub.publish("before");
    auto const [ec, id] = hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); }, 1);
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

TEST_CASE("ownership · a claim by another agent is refused and the owner is unharmed")
{
    struct watcher_type final : observer {
        void on_claim_rejected(std::string_view, session_meta const& owner, session_meta const& claimant) override
        {
            rejected.push_back(owner.user_agent + " / " + claimant.user_agent);
        }
        void on_session_thrashing(std::string_view, session_meta const&, std::size_t reconnections) override
        {
            ++thrashing;
            CHECK(reconnections == 11);
        }
        void on_takeover(std::string_view, session_meta const& owner, session_meta const& claimant) override
        {
            ++takeovers;
            CHECK(owner.user_agent == claimant.user_agent);
        }
        void on_slow_consumer(std::string_view, session_meta const&, slow_consumer const&) override { ++slow; }
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

TEST_CASE("without reconnection · every connection is a new session that ends with it")
{
    broker_config config;
    config.sessions.reconnection = false;
    polled_hub hub{config};
    auto c = hub.connect();
    auto const claim = claim_of(*c);
    auto const other = hub.connect(claim);
    CHECK_FALSE(other->resumed());
    CHECK_FALSE(c->done());
    c = nullptr;
    CHECK(hub.broker().session_stats().total_sessions == 1);
    auto const mint = hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); });
    CHECK(std::get<0>(mint) == errc::reconnection_off);
}

TEST_CASE("async_list · pages by id over all shards")
{
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
        auto [page] =
            hub.run<std::vector<session_info>>([&](auto h) { hub.broker().async_list(after, 4, std::move(h)); });
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

TEST_CASE("session_stats · counts what was done")
{
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

TEST_CASE("cleanup · expired sessions are swept without being touched")
{
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

} // namespace
} // namespace sluice
