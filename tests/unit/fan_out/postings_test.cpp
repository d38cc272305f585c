#include <sluice/fan_out/postings.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <vector>

namespace sluice {
namespace {

using test::stamped;

/// Postings, and the events that they refer to.
struct held_postings {
    void append(std::uint64_t sequence)
    {
        frames.push_back(stamped(sequence));
        list.append(*frames.back());
    }
    std::vector<shared_frame> frames;
    postings list;
};

TEST_SUITE_BEGIN("fan_out/postings");

TEST_CASE("first_after · and count_after · the first event behind a sequence, and how many there are")
{
    held_postings p;
    CHECK(p.list.first_after(0) == 0);
    CHECK(p.list.count_after(0) == 0);
    for (std::uint64_t const sequence : {3U, 7U, 8U, 20U, 21U, 22U}) { // more than there is room for at first
        p.append(sequence);
    }
    CHECK(p.list.first_after(0) == 0);
    CHECK(p.list.first_after(2) == 0);
    CHECK(p.list.first_after(3) == 1);
    CHECK(p.list.first_after(8) == 3);
    CHECK(p.list.first_after(21) == 5);
    CHECK(p.list.first_after(22) == 6);
    CHECK(p.list.count_after(7) == 4);
    CHECK(p.list[1].sequence() == 7);
}

TEST_CASE("first_after · wherever the oldest stands in the ring that holds them, for any number")
{
    for (std::uint64_t size = 1; size != 40; ++size) {
        held_postings p;
        std::uint64_t newest = 0;
        while (newest != size) {
            p.append(2 * ++newest);
        }
        for (std::uint64_t oldest = 1; oldest != 12; ++oldest) {
            CAPTURE(size);
            CAPTURE(oldest);
            for (std::uint64_t sequence = 0; sequence <= 2 * newest + 1; ++sequence) {
                auto const first = std::max(oldest, sequence / 2 + 1);
                CHECK(p.list.first_after(sequence) == first - oldest);
                CHECK(p.list.count_after(sequence) == newest - first + 1);
            }
            p.list.drop_front();
            p.append(2 * ++newest);
        }
    }
}

TEST_CASE("clear · forgets all")
{
    held_postings p;
    p.append(1);
    CHECK_FALSE(p.list.empty());
    p.list.clear();
    CHECK(p.list.empty());
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
