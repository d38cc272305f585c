#include "expectations.hpp"

#include <doctest/doctest.h>

using namespace sluice::test;

TEST_SUITE("overflow")
{
    TEST_CASE("overflow: 100 kept of 150, and said so")
    {
        on_one_and_several_threads({"--buffer-size", "100"}, [](hub& h) {
            event_stream stream(h.at());
            expect_opening(stream, {.buffer_size = 100});
            const auto seen = h.publish_many("seen-", 3);
            expect_live(stream, seen);
            h.drop(stream);
            const auto missed = h.publish_many("missed-", 150);
            const auto away = h.session(stream.session_id()).value();
            CHECK(away.at("buffered") == 100);
            CHECK(away.at("lag") == 150);

            event_stream again(h.at(), resume_of(stream));
            const opening wanted{.resumed = true, .reconnections = 1, .replay = 100, .dropped = 50, .buffer_size = 100};
            CHECK(expect_opening(again, wanted) == seen.back().id);
            expect_overflow(again, 50, 100);
            expect_replay(again, part(missed, 50));
            expect_nothing_else(h, again);
        });
    }

    TEST_CASE("overflow · exactly the buffer's size is no overflow")
    {
        on_one_and_several_threads({"--buffer-size", "100"}, [](hub& h) {
            event_stream stream(h.at());
            expect_opening(stream, {.buffer_size = 100});
            h.drop(stream);
            const auto missed = h.publish_many("missed-", 100);
            event_stream again(h.at(), {.session_cookie = stream.session_id()});
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 100, .buffer_size = 100});
            expect_replay(again, missed);
            expect_nothing_else(h, again);
        });
    }

    TEST_CASE("overflow · broadcast and targeted events share the buffer, and filtered ones do not fill it")
    {
        on_one_and_several_threads({"--buffer-size", "10"}, [](hub& h) {
            event_stream stream(h.at(), {.types = {"a", "b"}});
            expect_opening(stream, {.buffer_size = 10});
            h.drop(stream);
            std::vector<published> due;
            for (int round = 0; round < 8; ++round) {
                due.push_back(h.publish("broadcast", "a"));
                h.publish("not wanted", "c");
                due.push_back(h.send({stream.session_id()}, "direct", "b"));
                h.send({stream.session_id()}, "not wanted", "c");
            }
            CHECK(h.session(stream.session_id()).value().at("buffered") == 10);
            event_stream again(h.at(), {.session_header = stream.session_id()});
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 10, .dropped = 6, .buffer_size = 10});
            expect_overflow(again, 6, 10);
            expect_replay(again, part(due, 6));
            expect_nothing_else(h, again, "a");
        });
    }

    TEST_CASE("overflow · what the log let go of is lost, and counted")
    {
        on_one_and_several_threads({"--buffer-size", "50", "--log-events", "50"}, [](hub& h) {
            event_stream stream(h.at());
            event_stream filtered(h.at(), {.types = {"even"}});
            expect_opening(stream, {.buffer_size = 50});
            expect_opening(filtered, {.buffer_size = 50});
            h.drop(stream);
            h.drop(filtered);
            std::vector<published> all;
            std::vector<published> even;
            for (int number = 0; number < 120; ++number) {
                all.push_back(h.publish("e", number % 2 == 0 ? "even" : "odd"));
                if (number % 2 == 0) {
                    even.push_back(all.back());
                }
            }
            event_stream again(h.at(), {.session_header = stream.session_id()});
            expect_opening(again,
                           {.resumed = true, .reconnections = 1, .replay = 50, .dropped = 70, .buffer_size = 50});
            expect_overflow(again, 70, 50);
            expect_replay(again, part(all, 70));
            event_stream filtered_again(h.at(), {.session_header = filtered.session_id()});
            expect_opening(filtered_again,
                           {.resumed = true, .reconnections = 1, .replay = 25, .dropped = 35, .buffer_size = 50});
            expect_overflow(filtered_again, 35, 25);
            expect_replay(filtered_again, part(even, 35));
        });
    }

    TEST_CASE("buffer size 0")
    {
        on_one_and_several_threads({"--buffer-size", "0"}, [](hub& h) {
            event_stream stream(h.at());
            CHECK(stream.response().headers.has("Set-Cookie"));
            expect_opening(stream, {.buffer_size = 0});
            expect_live(stream, h.publish_many("seen-", 2));
            h.drop(stream);
            h.publish_many("missed-", 3);
            h.send({stream.session_id()}, "missed too");

            event_stream again(h.at(), resume_of(stream));
            CHECK(again.session_id() == stream.session_id());
            const auto connected = again.connected();
            CHECK(connected.at("resumed") == true);
            CHECK(connected.at("bufferSize") == 0);
            CHECK(connected.at("reconnections") == 1);
            CHECK(connected.at("replay") == 0);
            // The loss is told, or that it was not counted; never that there was none.
            const bool told = connected.at("dropped").is_null() || connected.at("dropped") == 4;
            CHECK_MESSAGE(told, "dropped: ", connected.at("dropped"));
            again.expect("connected");
            CHECK(again.expect("no-buffer").data == "{}");
            expect_live(again, h.publish_many("live-", 2)); // neither overflow nor replay before it
            CHECK(h.stat("total_sessions") == 1);
            CHECK(h.stats().at("config").at("buffer_size") == 0);
        });
    }
}
