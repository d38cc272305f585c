#include "expectations.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace sluice::test;

namespace {

stream_options joining_after(std::string id) { return {.last_event_id = std::move(id)}; }

/// An id of this log's, so many places after another.
std::string places_after(const std::string& id, std::uint64_t count)
{
    const auto [hi, lo] = place_of(id);
    return fmt::format("{}-{}", hi, lo + count);
}

/// What no log of this server can place: another log's, unknown ones, one ahead of the log, near misses.
std::vector<std::string> unplaceable(const std::string& newest)
{
    const auto [hi, lo] = place_of(newest);
    return {fmt::format("{}-{}", hi - 1, lo),
            fmt::format("{}-{}", hi + 1, 1),
            places_after(newest, 1),
            places_after(newest, 1'000'000),
            "order-that-nobody-published",
            fmt::format("{}-{}x", hi, lo),
            fmt::format("{}", hi),
            "18446744073709551616-18446744073709551616"};
}

} // namespace

TEST_SUITE("last event id")
{
    TEST_CASE("a new session with a last id in the log is replayed the broadcasts after it")
    {
        on_one_and_several_threads({}, [](hub& h) {
            const event_stream other(h.at());
            const auto events = h.publish_many("e", 5);
            h.send({other.session_id()}, "not for others");
            const auto later = h.publish_many("later-", 5);

            event_stream stream(h.at(), joining_after(events[1].id));
            CHECK(expect_opening(stream, {.replay = 8}) == events[1].id);
            expect_replay(stream, joined(part(events, 2), later));
            expect_nothing_else(h, stream);
            CHECK(h.session(stream.session_id()).value().at("reconnections") == 0);

            event_stream filtered(h.at(), {.last_event_id = events[1].id, .types = {"none"}});
            expect_opening(filtered, {});
            expect_nothing_else(h, filtered, "none");

            event_stream up_to_date(h.at(), joining_after(stream.last_event_id()));
            CHECK(up_to_date.connected().at("resumed") == false);
            CHECK(up_to_date.connected().at("dropped") == 0);
        });
    }

    TEST_CASE("a new session with the priming id of an empty log gets everything since")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream first(h.at());
            const auto start = expect_opening(first, {});
            const auto events = h.publish_many("e", 3);
            event_stream stream(h.at(), joining_after(start));
            CHECK(expect_opening(stream, {.replay = 3}) == start);
            expect_replay(stream, events);
        });
    }

    TEST_CASE("a new session with a last id further back than the buffer's size is told the loss first")
    {
        on_one_and_several_threads({"--buffer-size", "10"}, [](hub& h) {
            const auto events = h.publish_many("e", 35);
            event_stream stream(h.at(), joining_after(events[4].id));
            expect_opening(stream, {.replay = 10, .dropped = 20, .buffer_size = 10});
            expect_overflow(stream, 20, 10);
            expect_replay(stream, part(events, 25));
            expect_nothing_else(h, stream);
        });
    }

    TEST_CASE("a new session with a last id older than the log is told the loss first")
    {
        on_one_and_several_threads({"--buffer-size", "40", "--log-events", "40"}, [](hub& h) {
            const auto events = h.publish_many("e", 100);
            event_stream stream(h.at(), joining_after(events[9].id));
            const auto dropped = stream.connected().at("dropped");
            // 90 were published after it, of which 40 are left; whether the rest were all broadcasts need not
            // be known.
            REQUIRE((dropped.is_null() || dropped == 50));
            const auto told = dropped.is_null() ? loss() : loss(50);
            expect_opening(stream, {.replay = 40, .dropped = told, .buffer_size = 40});
            expect_overflow(stream, told, 40);
            expect_replay(stream, part(events, 60));
            expect_nothing_else(h, stream);
        });
    }

    TEST_CASE("a last id that cannot be placed · a new session gets what the log has and is told of a loss")
    {
        on_one_and_several_threads({}, [](hub& h) {
            auto events = h.publish_many("e", 6);
            for (const auto& id : unplaceable(events.back().id)) {
                CAPTURE(id);
                event_stream stream(h.at(), joining_after(id));
                place_of(expect_opening(stream, {.replay = 6, .dropped = {}}));
                expect_overflow(stream, {}, 6);
                expect_replay(stream, events);
            }
            event_stream none(h.at(), joining_after(""));
            expect_opening(none, {});
            expect_nothing_else(h, none);
        });
    }

    TEST_CASE("a last id that cannot be placed · counts as absent for a session that is resumed")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream stream(h.at());
            expect_opening(stream, {});
            const auto seen = h.publish_many("seen-", 3);
            expect_live(stream, seen);
            h.drop(stream);
            auto last_written = seen.back().id;
            std::int64_t reconnections = 0;
            for (std::size_t i = 0; i < unplaceable(last_written).size(); ++i) {
                const auto missed = h.publish_many("missed-", 2);
                const auto id = unplaceable(missed.back().id)[i];
                CAPTURE(id);
                event_stream again(h.at(), {.session_header = stream.session_id(), .last_event_id = id});
                const opening wanted{.resumed = true, .reconnections = ++reconnections, .replay = 2};
                CHECK(expect_opening(again, wanted) == last_written);
                expect_replay(again, missed);
                expect_nothing_else(h, again);
                last_written = again.last_event_id();
                h.drop(again);
            }
        });
    }

    TEST_CASE("a custom id that has left the log · the loss is not known, unless it is the newest that was written")
    {
        on_one_and_several_threads({"--buffer-size", "5", "--log-events", "5"}, [](hub& h) {
            event_stream stream(h.at());
            expect_opening(stream, {.buffer_size = 5});
            const auto seen = h.publish_as("mine", "seen");
            expect_live(stream, {seen});
            const auto written = h.publish_many("written, and lost on the way ", 19);
            const auto last = h.publish_as("last", "written last");
            expect_live(stream, joined(written, {last}));
            h.drop(stream);
            const auto missed = h.publish_many("missed-", 5);

            event_stream again(h.at(), {.session_header = stream.session_id(), .last_event_id = "mine"});
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 5, .dropped = {}, .buffer_size = 5});
            expect_overflow(again, {}, 5);
            expect_replay(again, missed);
            h.drop(again);
        });
        on_one_and_several_threads({"--buffer-size", "5", "--log-events", "5"}, [](hub& h) {
            event_stream stream(h.at());
            expect_opening(stream, {.buffer_size = 5});
            const auto last = h.publish_as("last", "written last");
            expect_live(stream, {last});
            h.drop(stream);
            const auto missed = h.publish_many("missed-", 7);

            event_stream again(h.at(), resume_of(stream));
            expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 5, .dropped = 2, .buffer_size = 5});
            expect_overflow(again, 2, 5);
            expect_replay(again, part(missed, 2));
        });
    }

    TEST_CASE("custom ids as last ids, of two that are equal the latest written, for a new session the earliest")
    {
        on_one_and_several_threads({}, [](hub& h) {
            event_stream stream(h.at());
            const auto start = expect_opening(stream, {});
            std::vector<published> events;
            for (const std::string id : {"order 1", "Bestellung-\xC3\xA4", "twice", "7", "twice", "9-"}) {
                events.push_back(h.publish_as(id, "of " + id));
                CHECK(events.back().id == id);
            }
            expect_live(stream, events);
            CHECK(stream.last_event_id() == "9-");
            h.drop(stream);
            const auto missed = h.publish("missed");

            event_stream again(h.at(), resume_of(stream));
            const auto primed = expect_opening(again, {.resumed = true, .reconnections = 1, .replay = 1});
            CHECK(place_of(primed).second == place_of(missed.id).second - 1); // of the form <hi>-<lo> all the same
            expect_replay(again, {missed});
            h.drop(again);

            const auto all = joined(events, {missed});
            std::int64_t reconnections = 1;
            for (std::size_t i = 0; i < events.size(); ++i) {
                const auto first = events[i].id == "twice" ? std::size_t{5} : i + 1;
                CAPTURE(events[i].id);
                event_stream third(h.at(), {.session_header = stream.session_id(), .last_event_id = events[i].id});
                const auto left = part(all, first);
                const auto replay = static_cast<std::int64_t>(left.size());
                expect_opening(third, {.resumed = true, .reconnections = ++reconnections, .replay = replay});
                expect_replay(third, left);
                h.drop(third);
            }
            event_stream joins(h.at(), joining_after("7"));
            CHECK(joins.connected().at("replay") == 3);
            event_stream joins_twice(h.at(), joining_after("twice"));
            CHECK(joins_twice.connected().at("replay") == 4);
            event_stream from_start(h.at(), joining_after(start));
            CHECK(from_start.connected().at("replay") == 7);
        });
    }
}
