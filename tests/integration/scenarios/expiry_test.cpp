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

    TEST_CASE("expiry · of an event that was sent to a session which ends, a new session's loss is not known")
    {
        on_one_and_several_threads({"--buffer-ttl", "500ms", "--cleanup-interval", "50ms"}, [](hub& h) {
            event_stream reader(h.at());
            expect_opening(reader, {});
            const auto read = h.send({reader.session_id()}, "read");
            expect_live(reader, {read});
            const auto start = h.publish("start");
            const auto expect_known = [&](const std::string& last_id, loss dropped) {
                // On every thread, whether the other session's or not.
                for (int i = 0; i < 6; ++i) {
                    event_stream joins(h.at(), {.last_event_id = last_id});
                    expect_opening(joins, {.dropped = dropped});
                    if (!dropped) {
                        expect_overflow(joins, {}, 0);
                    }
                }
            };
            expect_known(start.id, 0);
            // Sent to a client that reads, it is known at once, however fast the next one asks.
            h.send({reader.session_id()}, "for the reader");
            expect_known(start.id, 0);

            event_stream leaves(h.at());
            const auto left = leaves.session_id();
            h.drop(leaves);
            const auto waits = h.send({left}, "waits");
            expect_known(start.id, {});
            expect_known(waits.id, 0);
            eventually("the session has expired", [&] { return !h.session(left).has_value(); });
            expect_known(start.id, {});
            event_stream again(h.at(), {.session_header = left, .last_event_id = start.id});
            expect_opening(again, {.dropped = {}});
            expect_overflow(again, {}, 0);
            expect_known(waits.id, 0);
        });
    }

    TEST_CASE("expiry · DELETE of a session that something waits for makes a new session's loss unknown")
    {
        on_one_and_several_threads({}, [](hub& h) {
            const auto start = h.publish("start");
            event_stream leaves(h.at());
            const auto left = leaves.session_id();
            h.drop(leaves);
            const auto waits = h.send({left}, "waits");
            CHECK(request(h.at(), {.method = "DELETE", .target = "/sessions/" + left}).status == 204);
            event_stream again(h.at(), {.session_header = left, .last_event_id = start.id});
            expect_opening(again, {.dropped = {}});
            expect_overflow(again, {}, 0);
            event_stream later(h.at(), {.last_event_id = waits.id});
            expect_opening(later, {});
        });
    }
}
