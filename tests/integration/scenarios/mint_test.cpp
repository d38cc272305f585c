#include "expectations.hpp"

#include <doctest/doctest.h>

using namespace sluice::test;

TEST_SUITE("mint")
{
    TEST_CASE("a minted session collects from then on, and its first connection is no resume")
    {
        on_one_and_several_threads({}, [](hub& h) {
            h.publish("before");
            const auto id = h.mint();
            CHECK(id.size() == 32);
            const auto listed = h.session(id).value();
            CHECK(listed.at("active") == false);
            CHECK(h.stat("buffered_sessions") == 1);
            auto collected = h.publish_many("collected-", 3);
            collected.push_back(h.send({id}, "direct"));
            CHECK(h.session(id).value().at("buffered") == 4);

            event_stream stream(h.at(), {.session = id});
            CHECK(stream.session_id() == id);
            expect_opening(stream, {.replay = 4});
            expect_replay(stream, collected);
            expect_nothing_else(h, stream);
            CHECK(h.stat("reconnections") == 0);
            h.drop(stream);
            const auto missed = h.publish("missed");

            event_stream again(h.at(), {.session = id, .last_event_id = stream.last_event_id()});
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 1});
            expect_replay(again, {missed});
        });
    }

    TEST_CASE("a minted session belongs to who claims it first, and its filter applies to what was collected")
    {
        on_one_and_several_threads({}, [](hub& h) {
            const auto id = h.mint();
            h.publish("not wanted", "b");
            const auto wanted = h.publish("wanted", "a");
            event_stream owner(h.at(), {.session = id, .types = {"a"}, .user_agent = "owner/1.0"});
            expect_opening(owner, {.replay = 1});
            expect_replay(owner, {wanted});
            CHECK(h.session(id).value().at("userAgent") == "owner/1.0");
            expect_problem(event_stream::refused(h.at(), {.session = id, .user_agent = "other/1.0"}), 403);
            expect_nothing_else(h, owner, "a");
        });
    }

    TEST_CASE("a minted session that collected more than the buffer's size is told the loss")
    {
        hub h("1", {"--buffer-size", "5"});
        const auto id = h.mint();
        const auto collected = h.publish_many("e", 12);
        event_stream stream(h.at(), {.session_cookie = id});
        expect_opening(stream, {.replay = 5, .dropped = 7, .buffer_size = 5});
        expect_overflow(stream, 7, 5);
        expect_replay(stream, part(collected, 7));
    }

    TEST_CASE("a minted session that nobody claims expires")
    {
        on_one_and_several_threads({"--buffer-ttl", "100ms", "--cleanup-interval", "20ms"}, [](hub& h) {
            const auto id = h.mint();
            eventually("it has expired", [&] { return h.stat("total_sessions") == 0; });
            event_stream stream(h.at(), {.session = id});
            CHECK(stream.session_id() == id);
            CHECK(stream.connected().at("resumed") == false);
        });
    }
}
