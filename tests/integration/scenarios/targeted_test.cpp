#include "expectations.hpp"

#include <doctest/doctest.h>

using namespace sluice::test;

TEST_SUITE("targeted")
{
    TEST_CASE("targeted events reach their sessions alone, in one order with the broadcasts")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream a(h.at());
            event_stream b(h.at());
            event_stream c(h.at());
            for (auto* stream : {&a, &b, &c}) {
                expect_opening(*stream, {});
            }
            const auto first = h.publish("all 1");
            const auto to_a = h.send({a.session_id()}, "a");
            const auto to_both = h.send({b.session_id(), a.session_id()}, "a and b");
            const auto named_twice = h.send({c.session_id(), c.session_id()}, "c, once");
            const auto last = h.publish("all 2");
            expect_live(a, {first, to_a, to_both, last});
            expect_live(b, {first, to_both, last});
            expect_live(c, {first, named_twice, last});
            CHECK(h.stat("events_published") == 5);
            // Counted once the write is over, which the clients do not wait for.
            eventually("all are counted as delivered", [&] { return h.stat("events_delivered") == 10; });
        });
    }

    TEST_CASE("targeted events are collected while their session is away")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream away(h.at());
            event_stream here(h.at());
            expect_opening(here, {});
            h.drop(away);
            std::vector<published> due;
            for (int round = 0; round < 4; ++round) {
                due.push_back(h.send({away.session_id()}, "to the absent one"));
                due.push_back(h.publish("to all"));
                due.push_back(h.send({here.session_id(), away.session_id()}, "to both"));
            }
            event_stream again(h.at(), resume_of(away));
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 12});
            expect_replay(again, due);
            expect_nothing_else(h, again);
            expect_live(here, {due[1], due[2], due[4], due[5], due[7], due[8], due[10], due[11]});
        });
    }

    TEST_CASE("targeted events to sessions that are not known")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream stream(h.at());
            expect_opening(stream, {});
            const std::string nobody(32, 'f');
            const auto answer =
                h.post("/send", {{"sessions", {nobody.c_str(), stream.session_id().c_str()}}, {"data", "x"}});
            CHECK(answer.status == 200);
            const auto unknown = answer.json().at("unknown").as_array();
            REQUIRE(unknown.size() == 1);
            CHECK(unknown.front() == nobody.c_str());
            CHECK(stream.next_event().id == std::string(answer.json().at("id").as_string()));
            expect_problem(h.post("/send", {{"sessions", {nobody.c_str(), "no id at all"}}, {"data", "x"}}), 404);
            expect_problem(h.post("/send?data=x"), 400);
            expect_nothing_else(h, stream);
        });
    }

    TEST_CASE("/disconnect closes the connection, and the session resumes")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream stream(h.at());
            const auto seen = h.publish_many("e", 3);
            auto answer = h.post("/disconnect?session=" + stream.session_id());
            CHECK(answer.status == 200);
            CHECK(answer.json().at("disconnected") == true);
            CHECK(stream.wait_end() == stream_end::last_chunk);
            CHECK(stream.unfinished().empty());
            expect_opening(stream, {});
            expect_live(stream, seen); // what was written before still came
            h.wait_away(stream.session_id());
            answer = h.post("/disconnect?session=" + stream.session_id());
            CHECK(answer.json().at("disconnected") == false);
            const auto missed = h.publish("missed");
            event_stream again(h.at(), {.session_header = stream.session_id()});
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 1});
            expect_replay(again, {missed});
        });
    }
}
