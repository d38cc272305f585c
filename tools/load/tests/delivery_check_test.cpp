// What decides whether a run is clean: the sequence each stream has seen, and the payloads that carry it.

#include "../load/payload.hpp"
#include "../load/sequence_tracker.hpp"

#include <doctest/doctest.h>

#include <string>

using sluice::load::arrival;
using sluice::load::payload_format;
using sluice::load::sequence_tracker;

TEST_SUITE_BEGIN("load/delivery check");

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
