#include <sluice/fan_out/selector.hpp>

#include <doctest/doctest.h>

#include <algorithm>

namespace sluice {
namespace {

TEST_SUITE_BEGIN("fan_out/selector");

TEST_CASE("first_from · the first broadcast at or after an ordinal")
{
    selector t{"t"};
    CHECK(t.first_from(0) == selector::none);
    for (std::uint64_t const ordinal : {3U, 7U, 8U, 20U, 21U, 22U}) { // more than the list has room for at first
        t.append(ordinal);
    }
    CHECK(t.first_from(0) == 3);
    CHECK(t.first_from(3) == 3);
    CHECK(t.first_from(4) == 7);
    CHECK(t.first_from(9) == 20);
    CHECK(t.first_from(22) == 22);
    CHECK(t.first_from(23) == selector::none);
}

TEST_CASE("count_from · and total · count what is held and what ever was")
{
    selector t{"t"};
    for (std::uint64_t const ordinal : {3U, 7U, 8U}) {
        t.append(ordinal);
    }
    CHECK(t.count_from(0) == 3);
    CHECK(t.count_from(7) == 2);
    CHECK(t.count_from(9) == 0);
    t.drop_front();
    CHECK(t.count_from(0) == 2);
    CHECK(t.total() == 3);
    CHECK(t.first_from(0) == 7);
    t.drop_front();
    t.drop_front();
    CHECK_FALSE(t.has_any());
    CHECK(t.total() == 3);
    t.append(30);
    CHECK(t.total() == 4);
    CHECK(t.first_from(0) == 30);
}

TEST_CASE("first_from · and count_from · wherever the oldest stands in the ring that holds them")
{
    selector t{"t"};
    std::uint64_t newest = 0;
    std::uint64_t oldest = 1;
    while (newest != 8) {
        t.append(2 * ++newest);
    }
    for (int turn = 0; turn != 20; ++turn, ++oldest) {
        CAPTURE(oldest);
        for (std::uint64_t ordinal = 0; ordinal <= 2 * newest; ++ordinal) {
            auto const expected = std::max(oldest, (ordinal + 1) / 2);
            CHECK(t.first_from(ordinal) == 2 * expected);
            CHECK(t.count_from(ordinal) == newest - expected + 1);
        }
        CHECK(t.first_from(2 * newest + 1) == selector::none);
        CHECK(t.count_from(2 * newest + 1) == 0);
        t.drop_front();
        t.append(2 * ++newest);
    }
    CHECK(selector{"empty"}.count_from(0) == 0);
}

TEST_CASE("audience_index · knows a selector while someone needs it and forgets it after")
{
    audience_index index;
    auto first = index.get("a");
    auto second = index.get("a");
    CHECK(first == second);
    CHECK(index.get("b") != first);
    CHECK(index.size() == 2);

    index.release(index.get("b"));
    CHECK(index.size() == 1);
    index.release(first);
    first.reset();
    CHECK(index.size() == 1); // `second` still names it.
    second->append(1);
    auto* const raw = second.get();
    index.release(second);
    second.reset();
    CHECK(index.size() == 1); // It has a broadcast in the log.
    raw->drop_front();
    index.release(index.get("a"));
    CHECK(index.size() == 0);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
