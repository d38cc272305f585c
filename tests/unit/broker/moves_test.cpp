#include <sluice/broker.hpp>

#include <boost/asio/bind_executor.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <polled_hub.hpp>
#include <received.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
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
using test::take_all;
using strings = std::vector<std::string>;

/// A claim under way.
struct pending {
    std::optional<error_code> ec{};
    std::unique_ptr<client> made{};
};

void begin(polled_hub& hub, pending& p, connect_request request, std::size_t shard)
{
    hub.broker().async_connect(
        std::move(request),
        boost::asio::bind_executor(hub.executor(shard), [&p](error_code ec, std::unique_ptr<client> c) {
            p.ec = ec;
            p.made = std::move(c);
        }));
}

/// Two connections of different shards that make the same claim, the second after so many steps of the hub. One of them
/// takes the session over from the other.
[[nodiscard]] std::pair<std::unique_ptr<client>, std::unique_ptr<client>>
claim_twice(polled_hub& hub, connect_request const& claim, std::size_t steps_between)
{
    pending first;
    pending second;
    begin(hub, first, claim, 0);
    for (std::size_t i = 0; i != steps_between; ++i) {
        hub.settle_one();
    }
    begin(hub, second, claim, 1);
    hub.settle_until([&] { return first.ec && second.ec; });
    REQUIRE(first.made);
    REQUIRE(second.made);
    CHECK(first.made->done() != second.made->done());
    return {std::move(first.made), std::move(second.made)};
}

[[nodiscard]] std::vector<session_info> list(polled_hub& hub, session_query wanted = {})
{
    return std::get<0>(
        hub.run<std::vector<session_info>>([&](auto h) { hub.broker().async_list(std::move(wanted), std::move(h)); }));
}

[[nodiscard]] error_code remove(polled_hub& hub, session_id id)
{
    return std::get<0>(hub.run<error_code>([&](auto h) { hub.broker().async_remove(id, std::move(h)); }));
}

[[nodiscard]] broker_config short_lived()
{
    broker_config c;
    c.sessions.buffer_ttl = 1ms;
    c.sessions.cleanup_interval = 5ms;
    return c;
}

/// An id whose home is that shard.
[[nodiscard]] std::string id_at(std::size_t home, std::size_t shards)
{
    return to_string(session_id{.high = home + 7 * shards, .low = 1});
}

TEST_SUITE_BEGIN("broker · moves");

TEST_CASE("resume · from shard to shard a session gets each event once, in order")
{
    polled_hub hub{{}, 3};
    auto c = hub.connect({}, 0);
    strings got;
    strings expected;
    for (std::size_t i = 0; i != 12; ++i) {
        auto const n = std::to_string(i);
        auto const claim = claim_of(*c);
        c = nullptr;
        hub.publish("missed " + n);
        CHECK(hub.send({claim.claim}, "sent " + n).second.unknown.empty());
        c = hub.connect(claim, i * 5 % 3);
        CHECK(c->resumed());
        CHECK(c->session().reconnections == i + 1);
        CHECK(c->plan().replay == 2);
        CHECK(c->plan().dropped == 0);
        CHECK(hub.send({claim.claim}, "live " + n).second.unknown.empty());
        CHECK(take_all(*c) == strings{"R:missed " + n, "R:sent " + n, "live " + n});
        CHECK(hub.broker().session_stats().total_sessions == 1);
        CHECK(list(hub).size() == 1);
    }
}

TEST_CASE("resume · whatever is published while the session moves comes once, and in order")
{
    for (std::size_t const from : {0U, 1U, 2U}) {
        for (std::size_t const to : {0U, 1U, 2U}) {
            bool is_over = false;
            for (std::size_t before = 0; !is_over; ++before) {
                CAPTURE(from);
                CAPTURE(to);
                CAPTURE(before);
                polled_hub hub{{}, 3};
                // It was on shard 0 first, so its home is another than where it moves from.
                auto c = hub.connect({}, 0);
                c = hub.connect(claim_of(*c), from);
                auto const id = id_of(*c);
                pending p;
                begin(hub, p, claim_of(*c), to);
                for (std::size_t i = 0; i != before; ++i) {
                    hub.settle_one();
                }
                is_over = p.ec.has_value();
                CHECK(hub.broker().broadcast({.id = {}, .type = {}, .data = "1"}).has_value());
                CHECK(hub.send({id}, "2").second.unknown.empty());
                hub.publish("3");
                hub.settle_until([&] { return p.ec.has_value(); });
                REQUIRE(p.made);
                CHECK(c->done());
                auto all = take_all(*p.made);
                for (auto& each : all) {
                    each = each.substr(each.find(':') + 1);
                }
                CHECK(all == strings{"1", "2", "3"});
                CHECK(hub.send({id}, "4").second.unknown.empty());
                CHECK(take_all(*p.made) == strings{"4"});
                CHECK(list(hub).size() == 1);
                CHECK(hub.broker().session_stats().total_sessions == 1);
                CHECK(hub.broker().client_count() == 1);
            }
        }
    }
}

TEST_CASE("takeover · from another shard ends the older connection, and counts as one connection")
{
    broker_config config;
    config.streams.max_connections = 1;
    polled_hub hub{config, 2};
    auto const older = hub.connect({}, 0);
    hub.publish("1");
    auto const newer = hub.connect(claim_of(*older), 1);
    CHECK(older->reason() == end_reason::taken_over);
    CHECK(newer->resumed());
    CHECK(take_all(*newer) == strings{"R:1"});
    CHECK(hub.try_connect({}, 0).first == errc::too_many_connections);
    CHECK(hub.try_connect({}, 1).first == errc::too_many_connections);
    CHECK(hub.broker().client_count() == 1);
}

TEST_CASE("claims · two at once of one session from two shards: the later one has it")
{
    for (std::size_t between = 0; between != 12; ++between) {
        CAPTURE(between);
        polled_hub hub{{}, 3};
        auto c = hub.connect({}, 2);
        auto const claim = claim_of(*c);
        c = nullptr;
        hub.publish("1");
        auto const [first, second] = claim_twice(hub, claim, between);
        auto const& standing = first->done() ? second : first;
        CHECK(take_all(*standing) == strings{"R:1"});
        CHECK(standing->session().reconnections == 2);
        CHECK(hub.broker().client_count() == 1);
        CHECK(list(hub).size() == 1);
    }
}

TEST_CASE("claims · two at once of an id that nobody knows begin one session")
{
    for (std::size_t between = 0; between != 12; ++between) {
        CAPTURE(between);
        polled_hub hub{{}, 3};
        connect_request const claim{.claim = id_at(2, 3), .last_event_id = {}, .meta = {}};
        auto const both = claim_twice(hub, claim, between);
        CHECK(hub.broker().session_stats().total_sessions == 1);
    }
}

TEST_CASE("claims · an id that nobody knows begins a session on any shard, which is found, sent to and removed")
{
    for (std::size_t const home : {0U, 1U, 2U}) {
        CAPTURE(home);
        polled_hub hub{{}, 3};
        auto const id = id_at(home, 3);
        auto const c = hub.connect({.claim = id, .last_event_id = {}, .meta = {}}, 1);
        CHECK(id_of(*c) == id);
        CHECK_FALSE(c->resumed());
        CHECK(hub.send({id}, "1").second.unknown.empty());
        CHECK(take_all(*c) == strings{"1"});
        CHECK_FALSE(remove(hub, *parse_session_id(id)));
        CHECK(c->reason() == end_reason::removed);
        CHECK(hub.send({id}, "2").first == errc::unknown_session);
        CHECK(remove(hub, *parse_session_id(id)) == errc::unknown_session);
    }
}

TEST_CASE("claims · that are refused leave the session, its connection and its turn as they were")
{
    polled_hub hub{{}, 2};
    connect_request request;
    request.meta.user_agent = "owner";
    auto const c = hub.connect(request, 0);
    request = claim_of(*c);
    request.meta.user_agent = "thief";
    CHECK(hub.try_connect(request, 1).first == errc::not_the_owner);
    CHECK(hub.broker().session_stats().rejected_claims == 1);
    CHECK_FALSE(c->done());
    hub.publish("1");
    CHECK(take_all(*c) == strings{"1"});
    request.meta.user_agent = "owner";
    request.kind = claim_kind::ambient; // the session has a connection
    auto const other = hub.try_connect(request, 1).second;
    REQUIRE(other);
    CHECK(other->session().id() != c->session().id());
    CHECK(other->brings_cookie());
    CHECK_FALSE(c->done());
    request.kind = claim_kind::explicitly;
    CHECK(id_of(*hub.connect(request, 1)) == id_of(*c));
}

TEST_CASE("claims · too often from any shard is thrashing")
{
    polled_hub hub{{}, 2};
    auto latest = hub.connect({}, 0);
    auto const claim = claim_of(*latest);
    for (std::size_t i = 0; i != 100; ++i) {
        latest = hub.connect(claim, (i + 1) % 2);
    }
    CHECK(hub.broker().session_stats().thrashing_sessions == 1);
    CHECK(hub.try_connect(claim, 1).first == errc::thrashing);
    CHECK(hub.try_connect(claim, 0).first == errc::thrashing);
    CHECK_FALSE(latest->done());
}

TEST_CASE("limits · a session that moves does not count twice")
{
    broker_config config;
    config.sessions.max_sessions = 1;
    polled_hub hub{config, 2};
    auto c = hub.connect({}, 0);
    for (std::size_t i = 0; i != 4; ++i) {
        c = hub.connect(claim_of(*c), (i + 1) % 2);
        CHECK(hub.try_connect({}, i % 2).first == errc::too_many_sessions);
        CHECK(hub.try_connect({.claim = id_at(i % 2, 2), .last_event_id = {}, .meta = {}}, 0).first ==
              errc::too_many_sessions);
    }
    CHECK_FALSE(remove(hub, c->session().id()));
    CHECK(hub.try_connect({}, 0).second);
}

TEST_CASE("expiry · on another shard than its home; then a new session begins under the id")
{
    polled_hub hub{short_lived(), 2};
    auto c = hub.connect({}, 0);
    c = hub.connect(claim_of(*c), 1);
    auto const id = id_of(*c);
    c = nullptr;
    hub.settle_until([&] { return hub.broker().session_stats().total_sessions == 0; });
    CHECK(hub.send({id}, "lost").first == errc::unknown_session);
    for (std::size_t const shard : {0U, 1U}) {
        c = hub.connect({.claim = id, .last_event_id = {}, .meta = {}}, shard);
        CHECK(id_of(*c) == id);
        CHECK_FALSE(c->resumed());
        CHECK(hub.send({id}, "2").second.unknown.empty());
        CHECK(take_all(*c) == strings{"2"});
        c = nullptr;
        hub.settle_until([&] { return hub.broker().session_stats().total_sessions == 0; });
    }
}

TEST_CASE("send · what is lost with a session that has moved is in doubt for whoever joins")
{
    polled_hub hub{{}, 2};
    auto const start = hub.publish("start");
    auto c = hub.connect({}, 0);
    c = hub.connect(claim_of(*c), 1);
    auto const id = c->session().id();
    // It is published while the session lives, and is not written before its end.
    auto const sent = hub.send({to_string(id)}, "lost").second.id;
    CHECK_FALSE(remove(hub, id));
    for (std::size_t const shard : {0U, 1U}) {
        auto const dropped_after = [&](std::string const& last) {
            return hub.connect({.claim = {}, .last_event_id = last, .meta = {}}, shard)->plan().dropped;
        };
        CHECK(dropped_after(start) == std::nullopt);
        CHECK(dropped_after(sent) == 0);
    }
}

TEST_CASE("send · what waits for a minted session is not in doubt for its first client, wherever that connects")
{
    polled_hub hub{{}, 2};
    auto const start = hub.publish("start");
    auto const [ec, id] = hub.run<error_code, session_id>([&](auto h) { hub.broker().async_mint(std::move(h)); }, 0);
    REQUIRE_FALSE(ec);
    hub.send({to_string(id)}, "1");
    auto const c = hub.connect({.claim = to_string(id), .last_event_id = start, .meta = {}}, 1);
    CHECK(c->plan().dropped == 0);
    CHECK(take_all(*c) == strings{"R:1"});
}

TEST_CASE("operations · find a session where it lives")
{
    polled_hub hub{{}, 3};
    connect_request request;
    request.meta.grant = {.subject = "ann"};
    auto c = hub.connect(request, 0);
    for (std::size_t const shard : {1U, 2U, 0U, 2U}) {
        request.claim = id_of(*c);
        c = hub.connect(request, shard);
        auto const id = c->session().id();
        auto const [ec, info] =
            hub.run<error_code, session_info>([&](auto h) { hub.broker().async_find(id, std::move(h)); });
        REQUIRE_FALSE(ec);
        CHECK(info.active);
        auto const [by_handle_ec, by_handle] = hub.run<error_code, session_info>(
            [&](auto h) { hub.broker().async_find(hub.broker().handle_of(id), std::move(h)); });
        CHECK_FALSE(by_handle_ec);
        CHECK(by_handle.id == to_string(id));
        CHECK(list(hub, {.after = {}, .limit = 10, .subject = "ann", .active = true}).size() == 1);
        CHECK(hub.disconnect(id) == std::pair{error_code{}, true});
        CHECK(c->reason() == end_reason::disconnected);
    }
}

TEST_CASE("async_remove_all · gets a session that is on its way to another shard")
{
    for (std::size_t before = 0; before != 16; ++before) {
        for (std::size_t const to : {0U, 2U}) {
            CAPTURE(before);
            CAPTURE(to);
            polled_hub hub{{}, 3};
            connect_request request;
            request.meta.grant = {.subject = "ann"};
            auto const c = hub.connect(request, 1);
            request.claim = id_of(*c);
            pending p;
            begin(hub, p, request, to);
            for (std::size_t i = 0; i != before; ++i) {
                hub.settle_one();
            }
            auto const [count] =
                hub.run<std::size_t>([&](auto h) { hub.broker().async_remove_all("ann", std::move(h)); });
            hub.settle_until([&] { return p.ec.has_value(); });
            // The claim came after, or the session that it had is gone.
            CHECK(count == 1);
            REQUIRE(p.made);
            CHECK((p.made->reason() == end_reason::removed || !p.made->resumed()));
        }
    }
}

TEST_CASE(
    "executor_for · a connection stays on an executor of the broker's; else it gets the shard with fewest clients")
{
    polled_hub hub{{}, 2};
    CHECK(hub.broker().executor_for(hub.executor(1)) == hub.executor(1));
    boost::asio::io_context elsewhere;
    auto const first = hub.connect({}, 0);
    CHECK(hub.broker().executor_for(elsewhere.get_executor()) == hub.executor(1));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
