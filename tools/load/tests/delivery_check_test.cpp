// What decides whether a run is clean: the sequence each stream has seen, and the payloads that carry it.

#include "../load/envelope.hpp"
#include "../load/loss_notice.hpp"
#include "../load/payload.hpp"
#include "../load/sequence_tracker.hpp"

#include <doctest/doctest.h>

#include <string>

using sluice::load::arrival;
using sluice::load::dropped_by;
using sluice::load::payload_format;
using sluice::load::sequence_tracker;

TEST_SUITE_BEGIN("load/delivery check");

TEST_CASE("data in an envelope is taken out; what stands in another is the server's own")
{
    const sluice::load::envelope wrapped{R"({"pub":{"data":"{data}"}})"};
    CHECK(wrapped.open(R"({"pub":{"data":"x y"}})") == "x y");
    CHECK(wrapped.open(R"({"pub":{"data":""}})") == "");
    CHECK_FALSE(wrapped.open(R"({"connect":{}})"));
    CHECK_FALSE(wrapped.open(R"({"pub":{"data":"x"})"));
    CHECK_FALSE(wrapped.open(""));
    CHECK(sluice::load::envelope{"{data}"}.open("x") == "x");
}

TEST_CASE("a sequence without gaps loses nothing")
{
    sequence_tracker tracker;
    CHECK(tracker.lost(0) == 0);
    CHECK(tracker.lost(3) == 3);
    for (std::uint64_t i = 0; i < 3; ++i) {
        CHECK(tracker.accept(i) == arrival::in_order);
    }
    CHECK(tracker.lost(3) == 0);
    CHECK(tracker.lost(5) == 2);
}

TEST_CASE("a gap is lost until it is filled, and then out of order")
{
    sequence_tracker tracker;
    CHECK(tracker.accept(0) == arrival::in_order);
    CHECK(tracker.accept(4) == arrival::in_order);
    CHECK(tracker.lost(5) == 3);
    CHECK(tracker.accept(2) == arrival::misordered);
    CHECK(tracker.lost(5) == 2);
    CHECK(tracker.lost(2) == 1);
    CHECK(tracker.accept(1) == arrival::misordered);
    CHECK(tracker.accept(3) == arrival::misordered);
    CHECK(tracker.lost(5) == 0);
}

TEST_CASE("an event that was seen is a duplicate, also one that came late")
{
    sequence_tracker tracker;
    tracker.accept(0);
    tracker.accept(2);
    tracker.accept(1);
    CHECK(tracker.accept(0) == arrival::duplicate);
    CHECK(tracker.accept(1) == arrival::duplicate);
    CHECK(tracker.accept(2) == arrival::duplicate);
    CHECK(tracker.lost(3) == 0);
}

TEST_CASE("gaps are filled from either end, in the middle and whole")
{
    sequence_tracker tracker;
    tracker.accept(10);
    for (const std::uint64_t late : {0U, 9U, 5U, 4U, 6U}) {
        CAPTURE(late);
        CHECK(tracker.accept(late) == arrival::misordered);
        CHECK(tracker.accept(late) == arrival::duplicate);
    }
    CHECK(tracker.lost(11) == 5);
    CHECK_FALSE(tracker.has_all(11));
    for (const std::uint64_t late : {1U, 2U, 3U, 7U, 8U}) {
        CHECK(tracker.accept(late) == arrival::misordered);
    }
    CHECK(tracker.lost(11) == 0);
    CHECK(tracker.has_all(11));
    CHECK_FALSE(tracker.has_all(12));
}

TEST_CASE("what was given up is lost, but not waited for")
{
    sequence_tracker tracker;
    tracker.accept(2);
    tracker.give_up(4);
    CHECK(tracker.has_all(4));
    CHECK(tracker.lost(4) == 3);
    CHECK_FALSE(tracker.has_all(5));
    tracker.accept(4);
    CHECK(tracker.has_all(5));
}

TEST_CASE("what the server told of is not lost without a word")
{
    sequence_tracker tracker;
    tracker.accept(0);
    tracker.on_told(3);
    tracker.accept(6); // 1 to 5 are missing
    CHECK(tracker.told_lost(7) == 3);
    CHECK(tracker.lost(7) == 2);
    tracker.accept(2);
    tracker.accept(3);
    CHECK(tracker.told_lost(7) == 3);
    CHECK(tracker.lost(7) == 0);
    tracker.accept(4);
    CHECK(tracker.told_lost(7) == 2);
}

TEST_CASE("a number that the server cannot know is that of the next gap, and of no other")
{
    sequence_tracker tracker;
    tracker.accept(0);
    tracker.on_told_unknown();
    tracker.accept(1);
    tracker.accept(5);
    tracker.accept(8);
    CHECK(tracker.told_lost(9) == 3);
    CHECK(tracker.lost(9) == 2);
}

TEST_CASE("one that joins misses nothing from its first event on")
{
    sequence_tracker tracker;
    tracker.accept(0);
    tracker.join();
    CHECK(tracker.lost(100) == 0);
    CHECK(tracker.accept(100) == arrival::in_order);
    CHECK(tracker.lost(101) == 0);
    tracker.accept(103);
    CHECK(tracker.lost(104) == 2);
}

TEST_CASE("one that joins misses nothing from where it is expected on, even when nothing comes")
{
    sequence_tracker late;
    late.join();
    late.expect_from(100);
    CHECK(late.lost(100) == 0);
    CHECK(late.lost(103) == 3);
    CHECK(late.accept(102) == arrival::in_order);
    CHECK(late.lost(103) == 2);

    sequence_tracker early;
    early.join();
    early.expect_from(100);
    CHECK(early.accept(98) == arrival::in_order); // was on its way when the stream became live
    CHECK(early.lost(101) == 2);
    early.expect_from(500); // too late to matter
    CHECK(early.lost(101) == 2);
}

TEST_CASE("the loss that an event tells of is its number, or unknown")
{
    CHECK(dropped_by(R"({"dropped":50,"kept":100})") == 50);
    CHECK(dropped_by(R"({"kept":1, "dropped" : 7})") == 7);
    CHECK_FALSE(dropped_by(R"({"dropped":null})"));
    CHECK_FALSE(dropped_by("{}"));
    CHECK_FALSE(dropped_by(R"({"dropped":)"));
}

TEST_CASE("a payload comes back, has the size asked for and needs no JSON escapes")
{
    const payload_format format(0xfeedULL, 128);
    const auto text = format.write({7, 123'456'789'012'345ULL});
    CHECK(text.size() == 128);
    CHECK(text.find_first_of("\"\\\r\n") == std::string::npos);
    const auto read = format.read(text);
    REQUIRE(read);
    CHECK(read->sequence == 7);
    CHECK(read->due_ns == 123'456'789'012'345ULL);
}

TEST_CASE("a payload that differs in any byte but its numbers' digits is refused")
{
    const payload_format format(1, 80);
    const auto good = format.write({1, 2});
    for (std::size_t i = 0; i < good.size(); ++i) {
        CAPTURE(i);
        auto bad = good;
        bad[i] = '~';
        CHECK_FALSE(format.read(bad));
    }
    CHECK_FALSE(format.read(good + "."));
    CHECK_FALSE(format.read(good.substr(0, good.size() - 1)));
    CHECK_FALSE(format.read(""));
    CHECK_FALSE(payload_format(2, 80).read(good));
}

TEST_SUITE_END();
