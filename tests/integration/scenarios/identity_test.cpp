#include "expectations.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace sluice::test;

namespace {

std::string cookie_of(const std::string& id)
{
    return fmt::format("sse-session-id={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=86400", id);
}

bool is_session_id(std::string_view text)
{
    return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// A stream of a client that calls itself so.
stream_options agent(std::string name) { return {.user_agent = std::move(name)}; }

stream_options agent_with_claim(std::string name, const event_stream& owner)
{
    return {.session_header = owner.session_id(), .user_agent = std::move(name)};
}

endpoint from(const hub& h, std::string address)
{
    auto to = h.at();
    to.source_address = std::move(address);
    return to;
}

} // namespace

TEST_SUITE("identity")
{
    TEST_CASE("session id in header and cookie")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream stream(h.at());
            const auto id = stream.session_id();
            CHECK(is_session_id(id));
            CHECK(stream.response().headers.all("X-SSE-Session-ID").size() == 1);
            CHECK(stream.response().headers.all("Set-Cookie") == std::vector{cookie_of(id)});
            CHECK(stream.response().headers.get("Cache-Control") == "no-cache, no-transform");
            CHECK(stream.response().headers.get("X-Accel-Buffering") == "no");
            CHECK(place_of(expect_opening(stream, {})).second == 0);

            const auto listed = h.session(id);
            REQUIRE(listed);
            CHECK(listed->at("active") == true);
            CHECK(listed->at("reconnections") == 0);
            CHECK(listed->at("buffered") == 0);
            CHECK(listed->at("lag") == 0);
            CHECK(listed->at("address") == "127.0.0.1");
            CHECK(listed->at("userAgent") == "sluice-test");
            CHECK(listed->at("types").as_array().empty());

            const event_stream other(h.at());
            CHECK(other.session_id() != id);
            CHECK(h.stat("active_clients") == 2);
            CHECK(h.stat("total_sessions") == 2);
        });
    }

    TEST_CASE("session id · the cookie is Secure behind a proxy that speaks TLS")
    {
        hub h("1");
        const event_stream stream(h.at(), {.headers = {{"X-Forwarded-Proto", "https"}}});
        const auto cookie = stream.response().headers.get("Set-Cookie");
        CHECK(cookie.starts_with(cookie_of(stream.session_id()).substr(0, 40)));
        CHECK(cookie.find("; Secure") != std::string::npos);
    }

    TEST_CASE("cookie resume after a page reload")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream page(h.at());
            const auto seen = h.publish_many("seen-", 3);
            expect_opening(page, {});
            expect_live(page, seen);
            page.close();
            h.wait_away(page.session_id());
            const auto missed = h.publish_many("missed-", 4);

            event_stream reloaded(h.at(), {.session_cookie = page.session_id()});
            CHECK(reloaded.session_id() == page.session_id());
            CHECK_FALSE(reloaded.response().headers.has("Set-Cookie"));
            CHECK(expect_opening(reloaded, {.resumed = true, .reconnections = 1, .replay = 4}) == seen.back().id);
            expect_replay(reloaded, missed);
            expect_nothing_else(h, reloaded);
            CHECK(h.stat("total_sessions") == 1);
        });
    }

    TEST_CASE("claims · the query beats the header, the header the cookie, and the first counts though unknown")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream first(h.at());
            event_stream second(h.at());
            h.drop(first);
            h.drop(second);
            const auto a = first.session_id();
            const auto b = second.session_id();
            {
                event_stream stream(h.at(), {.session = a, .session_header = b, .session_cookie = b});
                CHECK(stream.session_id() == a);
                CHECK(stream.connected().at("resumed") == true);
                h.drop(stream);
            }
            {
                event_stream stream(h.at(), {.session_header = b, .session_cookie = a});
                CHECK(stream.session_id() == b);
                CHECK(stream.connected().at("resumed") == true);
                h.drop(stream);
            }
            event_stream stream(h.at(), {.session_header = std::string(32, '0'), .session_cookie = a});
            CHECK(stream.session_id() == std::string(32, '0'));
            expect_opening(stream, {});
            CHECK(h.stat("total_sessions") == 3);
            CHECK(h.stat("buffered_sessions") == 2);
        });
    }

    TEST_CASE("a foreign claim is refused, logged, and the owner unharmed")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream owner(h.at(), agent("owner/1.0"));
            expect_opening(owner, {});
            expect_live(owner, {h.publish("before")});

            const auto refusal = event_stream::refused(h.at(), agent_with_claim("thief/2.0", owner));
            expect_problem(refusal, 403);
            CHECK_FALSE(refusal.headers.has("X-SSE-Session-ID"));
            CHECK_FALSE(refusal.headers.has("Set-Cookie"));
            auto nameless = agent_with_claim("", owner);
            nameless.user_agent.reset();
            expect_problem(event_stream::refused(h.at(), nameless), 403);
            h.server().wait_for_log("session claim rejected", {}, 2);
            CHECK(h.stat("rejected_claims") == 2);
            CHECK(h.stat("reconnections") == 0);

            expect_live(owner, {h.publish("after")});
            h.drop(owner);
            const auto missed = h.publish("while away");
            expect_problem(event_stream::refused(h.at(), agent_with_claim("thief/2.0", owner)), 403);
            auto claim = resume_of(owner);
            claim.user_agent = "owner/1.0";
            event_stream again(h.at(), claim);
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 1});
            expect_replay(again, {missed});
            expect_nothing_else(h, again);
        });
    }

    TEST_CASE("ownership address · the same /24 may claim, another may not, whatever the agent")
    {
        hub h("1", {"--ownership", "address"});
        event_stream owner(from(h, "127.0.5.1"), agent("one"));
        expect_problem(event_stream::refused(from(h, "127.0.6.1"), agent_with_claim("one", owner)), 403);
        event_stream neighbour(from(h, "127.0.5.77"), agent_with_claim("two", owner));
        CHECK(neighbour.session_id() == owner.session_id());
        CHECK(neighbour.connected().at("resumed") == true);
        CHECK(h.session(owner.session_id()).value().at("address") == "127.0.5.77");
    }

    TEST_CASE("ownership none · anyone who knows the id may claim")
    {
        hub h("1", {"--ownership", "none"});
        event_stream owner(from(h, "127.0.5.1"), agent("one"));
        event_stream other(from(h, "127.0.6.1"), agent_with_claim("two", owner));
        expect_opening(other, {.resumed = true, .reconnections = 1});
        CHECK(h.stat("rejected_claims") == 0);
    }

    TEST_CASE("no-reconnection · no cookie, every connection is a new session that ends with it")
    {
        on_one_and_several_threads({"--no-reconnection"}, [](hub& h) {
            event_stream stream(h.at());
            CHECK_FALSE(stream.response().headers.has("Set-Cookie"));
            CHECK(is_session_id(stream.session_id()));
            expect_opening(stream, {.buffer_size = {}, .reconnection = false});
            expect_live(stream, h.publish_many("e", 3));
            stream.reset();
            eventually("the session has ended", [&] { return h.stat("total_sessions") == 0; });
            h.publish("missed");

            event_stream again(h.at(), {.session_header = stream.session_id()});
            CHECK(again.session_id() != stream.session_id());
            expect_opening(again, {.buffer_size = {}, .reconnection = false});
            expect_nothing_else(h, again);
            CHECK(h.stat("reconnections") == 0);
            CHECK(h.stats().at("config").at("reconnection_enabled") == false);
        });
    }
}
