#include "expectations.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>

using namespace sluice::test;

namespace {

using clock_time = std::chrono::system_clock::time_point;

/// An RFC 3339 time in UTC, and how fine its fraction is.
struct parsed_time {
    clock_time time;
    std::chrono::nanoseconds step;
};

parsed_time parse_rfc3339(const std::string& text)
{
    std::tm parts{};
    const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr) {
        fail("an RFC 3339 time", text);
    }
    std::chrono::nanoseconds fraction{0};
    std::chrono::nanoseconds step{1'000'000'000};
    if (*rest == '.') {
        for (++rest; *rest >= '0' && *rest <= '9'; ++rest) {
            step /= 10;
            fraction += step * (*rest - '0');
        }
    }
    if (std::string_view(rest) != "Z") {
        fail("an RFC 3339 time in UTC, with Z", text);
    }
    const auto seconds = std::chrono::system_clock::from_time_t(::timegm(&parts));
    return {.time = seconds + std::chrono::duration_cast<std::chrono::system_clock::duration>(fraction), .step = step};
}

} // namespace

TEST_SUITE("resume")
{
    TEST_CASE("drop and resume gets what was missed, then live")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream stream(h.at());
            expect_opening(stream, {});
            const auto seen = h.publish_many("seen-", 2);
            expect_live(stream, seen);
            h.drop(stream);
            CHECK(h.stat("active_clients") == 0);
            CHECK(h.stat("buffered_sessions") == 1);
            const auto missed = h.publish_many("missed-", 6);
            const auto away = h.session(stream.session_id()).value();
            CHECK(away.at("buffered") == 6);
            CHECK(away.at("lag") == 6);

            event_stream again(h.at(), resume_of(stream));
            CHECK(again.session_id() == stream.session_id());
            CHECK(expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 6}) == seen.back().id);
            expect_replay(again, missed);
            expect_live(again, h.publish_many("live-", 3));

            CHECK(h.stat("active_clients") == 1);
            CHECK(h.stat("total_sessions") == 1);
            CHECK(h.stat("buffered_sessions") == 0);
            CHECK(h.stat("reconnections") == 1);
            CHECK(h.stat("events_published") == 11);
            // Counted once the write is over, which the client does not wait for.
            eventually("all are counted as delivered", [&] { return h.stat("events_delivered") == 11; });
            const auto back = h.session(stream.session_id()).value();
            CHECK(back.at("reconnections") == 1);
            CHECK(back.at("buffered") == 0);
            CHECK(back.at("lag") == 0);
        });
    }

    TEST_CASE("`Last-Event-ID` resume in order, none twice")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream stream(h.at());
            const auto events = h.publish_many("e", 10);
            expect_opening(stream, {});
            expect_live(stream, events);
            h.drop(stream);
            const auto later = h.publish_many("later-", 5);

            // All ten were written to the connection that died; the client's last id says that it has four.
            event_stream again(h.at(), {.session_header = stream.session_id(), .last_event_id = events[3].id});
            CHECK(expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 11}) == events[3].id);
            const auto due = joined(part(events, 4), later);
            expect_replay(again, due);
            for (std::size_t i = 1; i < due.size(); ++i) {
                CHECK(place_of(due[i - 1].id) < place_of(due[i].id));
            }
            expect_nothing_else(h, again);
            h.drop(again);

            // With the newest id there is nothing to replay, and nothing is said of it.
            event_stream third(h.at(), resume_of(again));
            expect_opening(third, {.resumed = true, .reconnections = 2});
            expect_nothing_else(h, third);
        });
    }

    TEST_CASE("`Last-Event-ID` · in the query, in each spelling that polyfills use")
    {
        hub h("1");
        event_stream stream(h.at());
        const auto events = h.publish_many("e", 3);
        expect_opening(stream, {});
        expect_live(stream, events);
        std::int64_t reconnections = 0;
        for (const auto* name : {"lastEventID", "lastEventId", "last-event-id"}) {
            CAPTURE(name);
            event_stream again(
                h.at(), {.session_header = stream.session_id(), .query = fmt::format("{}={}", name, events[0].id)});
            expect_opening(again, {.resumed = true, .reconnections = ++reconnections, .replay = 2});
            expect_replay(again, part(events, 1));
        }
        // The header, which a browser keeps up to date, beats the address, which it does not.
        event_stream again(h.at(), {.session_header = stream.session_id(),
                                    .last_event_id = events[1].id,
                                    .query = "lastEventID=" + events[0].id});
        expect_opening(again, {.resumed = true, .reconnections = ++reconnections, .replay = 1});
        expect_replay(again, part(events, 2));
    }

    TEST_CASE("no duplicate when the last id lies inside the buffer")
    {
        on_one_and_several_threads({"--buffer-size", "20"}, [](hub& h) {
            event_stream stream(h.at());
            expect_opening(stream, {.buffer_size = 20});
            const auto seen = h.publish_many("seen-", 5);
            expect_live(stream, seen);
            h.drop(stream);
            const auto buffered = h.publish_many("buffered-", 5);
            const auto direct = h.send({stream.session_id()}, "direct");
            const auto last = h.publish("last");

            // It has the first three of those that the server holds for it from another way.
            event_stream again(h.at(), {.session_header = stream.session_id(), .last_event_id = buffered[2].id});
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 4, .buffer_size = 20});
            expect_replay(again, {buffered[3], buffered[4], direct, last});
            expect_nothing_else(h, again);
            h.drop(again);

            event_stream third(h.at(), {.session_header = stream.session_id(), .last_event_id = direct.id});
            expect_opening(third, {.resumed = true, .reconnections = 2, .replay = 2, .buffer_size = 20});
            const auto start = third.expect("replay-start");
            CHECK(start.data == R"({"count":2})");
            CHECK(third.next_event().id == last.id);
            CHECK(third.next_event().id == again.last_event_id());
            third.expect("replay-end");
            expect_nothing_else(h, third);
        });
    }

    TEST_CASE("replay keeps order and publishing times and is marked")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream stream(h.at());
            expect_opening(stream, {});
            h.drop(stream);
            std::vector<published> missed;
            std::vector<std::pair<clock_time, clock_time>> around;
            for (int number = 0; number < 8; ++number) {
                const auto before = std::chrono::system_clock::now();
                missed.push_back(number % 3 == 2 ? h.send({stream.session_id()}, "direct\nof two lines", "note")
                                                 : h.publish("broadcast", number % 2 == 0 ? "message" : "tick"));
                around.emplace_back(before, std::chrono::system_clock::now());
            }
            // So that the time of the replay could be told from the time of publishing.
            const auto gap = around.back().second + std::chrono::milliseconds(50);
            eventually("time goes on", [&] { return std::chrono::system_clock::now() > gap; });

            event_stream again(h.at(), resume_of(stream));
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 8});
            CHECK(again.expect("replay-start").data == R"({"count":8})");
            for (std::size_t i = 0; i < missed.size(); ++i) {
                CAPTURE(i);
                const auto event = again.next_event();
                CHECK(event.id == missed[i].id);
                CHECK(event.type == missed[i].type);
                CHECK(event.data == missed[i].data);
                const auto mark = replay_mark(event);
                CAPTURE(mark);
                const auto time = parse_rfc3339(mark);
                CHECK(time.step <= std::chrono::milliseconds(1));
                CHECK(time.time > around[i].first - time.step);
                CHECK(time.time <= around[i].second);
            }
            CHECK(again.expect("replay-end").data == "{}");
            expect_live(again, {h.publish("live")});
        });
    }

    TEST_CASE("replay is byte for byte what came live, but for its mark")
    {
        hub h("1");
        event_stream witness(h.at());
        event_stream stream(h.at());
        expect_opening(witness, {});
        h.drop(stream);
        h.publish("", "empty");
        h.publish(" leading space\n\nid: 7\nevent: forged\n: comment\n");
        h.publish_as("order-4711", "with an id of its own");
        event_stream again(h.at(), resume_of(stream));
        expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 3});
        again.expect("replay-start");
        for (int i = 0; i < 3; ++i) {
            const auto replayed = again.next_event();
            const auto live = witness.next_event();
            CHECK(replayed.raw == fmt::format(": replayed {}\n{}", replay_mark(replayed), live.raw));
        }
    }

    TEST_CASE("two clients, independent")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream a(h.at());
            event_stream b(h.at());
            expect_opening(a, {});
            expect_opening(b, {});
            const auto both = h.publish_many("both-", 2);
            expect_live(a, both);
            expect_live(b, both);

            h.drop(a);
            CHECK(h.stat("active_clients") == 1);
            const auto for_b = h.send({b.session_id()}, "for b");
            const auto meanwhile = h.publish_many("meanwhile-", 3);
            const auto for_a = h.send({a.session_id()}, "for a");
            expect_live(b, joined({for_b}, meanwhile));

            event_stream a2(h.at(), resume_of(a));
            expect_opening(a2, {.resumed = true, .reconnections = 1, .replay = 4});
            expect_replay(a2, joined(meanwhile, {for_a}));
            const auto after = h.publish("after");
            expect_live(a2, {after});
            expect_live(b, {after}); // nothing of a's came, nor of its replay

            h.drop(b);
            const auto last = h.publish("last");
            expect_live(a2, {last});
            event_stream b2(h.at(), resume_of(b));
            expect_opening(b2, {.resumed = true, .reconnections = 1, .replay = 1});
            expect_replay(b2, {last});
            CHECK(h.session(a.session_id()).value().at("reconnections") == 1);
            CHECK(h.session(b.session_id()).value().at("reconnections") == 1);
        });
    }
}
