#include "expectations.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

using namespace sluice::test;

namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20U;

void wait_forgotten(hub& h)
{
    eventually("every session has expired", [&] { return h.stat("total_sessions") == 0; });
}

} // namespace

TEST_SUITE("expiry")
{
    TEST_CASE("expiry after the ttl makes a new session and frees the buffer")
    {
        on_one_and_several_threads({"--buffer-ttl", "200ms", "--cleanup-interval", "50ms"}, [](hub& h) {
            event_stream stream(h.at());
            expect_opening(stream, {});
            expect_live(stream, {h.publish("seen")});
            stream.reset();
            h.publish("missed");
            wait_forgotten(h);
            CHECK(h.stat("buffered_sessions") == 0);
            CHECK(h.sessions().empty());
            expect_problem(h.post("/send?data=x&session=" + stream.session_id()), 404);
            expect_problem(h.post("/disconnect?session=" + stream.session_id()), 404);

            event_stream again(h.at(), {.session_header = stream.session_id()});
            CHECK(again.session_id() == stream.session_id());
            expect_opening(again, {});
            expect_nothing_else(h, again);
            CHECK(h.stat("reconnections") == 0);
        });
    }

    TEST_CASE("expiry · a connected session does not expire, and its ttl counts from the drop")
    {
        hub h("1", {"--buffer-ttl", "200ms", "--cleanup-interval", "50ms"});
        event_stream stays(h.at());
        event_stream goes(h.at());
        expect_opening(stays, {});
        goes.reset();
        eventually("one session has expired", [&] { return h.stat("total_sessions") == 1; });
        CHECK(h.session(stays.session_id()).value().at("active") == true);
        expect_nothing_else(h, stays);
    }

    TEST_CASE("expiry · a session that is touched after its ttl has expired, before the cleanup comes")
    {
        on_one_and_several_threads({"--buffer-ttl", "100ms", "--cleanup-interval", "1h"}, [](hub& h) {
            event_stream stream(h.at());
            stream.reset();
            eventually("the drop is noticed", [&] { return h.stat("active_clients") == 0; });
            const auto expired = std::chrono::steady_clock::now() + std::chrono::milliseconds(110);
            eventually("the ttl passes", [&] { return std::chrono::steady_clock::now() > expired; });
            event_stream again(h.at(), resume_of(stream));
            CHECK(again.session_id() == stream.session_id());
            CHECK(again.connected().at("resumed") == false);
        });
    }

    TEST_CASE("expiry · the events that were kept for expired sessions are let go of")
    {
        hub h("1", {"--buffer-ttl", "300ms", "--cleanup-interval", "20ms"});
        const std::string text(megabyte / 2, 'x');
        constexpr std::size_t per_round = 32;
        const auto round = [&] {
            // A short ttl may end a session while it is being sent to, so each event names sessions of its
            // own.
            for (std::size_t i = 0; i < per_round; ++i) {
                h.send({h.mint()}, text);
            }
            wait_forgotten(h);
        };
        round();
        round();
        const auto before = h.server().resident_bytes();
        for (int i = 0; i < 6; ++i) {
            round();
        }
        if (slowness() == 1) { // sanitizers keep freed memory for a while
            // Six rounds are 96 MiB; a round's worth is left to the allocator.
            CHECK(h.server().resident_bytes() < before + per_round * text.size() + 4 * megabyte);
        }
        CHECK(h.stat("events_published") == 8 * per_round);
    }

    TEST_CASE("expiry · DELETE forgets a session and closes its stream")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream stream(h.at());
            event_stream other(h.at());
            expect_opening(other, {});
            const http_request forget{.method = "DELETE", .target = "/sessions/" + stream.session_id()};
            CHECK(request(h.at(), forget).status == 204);
            stream.wait_end();
            CHECK_FALSE(h.session(stream.session_id()));
            expect_problem(request(h.at(), forget), 404);
            event_stream again(h.at(), resume_of(stream));
            CHECK(again.session_id() == stream.session_id());
            CHECK(again.connected().at("resumed") == false);
            expect_nothing_else(h, other);
        });
    }
}
