#include <sluice/session/targeted_list.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

namespace sluice {
namespace {

using test::stamped;

TEST_SUITE_BEGIN("session/targeted_list");

TEST_CASE("push · keeps the events in order and counts their bytes")
{
    targeted_list list;
    CHECK(list.empty());
    std::size_t bytes = 0;
    for (std::uint64_t const sequence : {2U, 5U, 6U, 9U, 12U, 40U}) {
        auto const f = stamped(sequence);
        bytes += f->footprint();
        list.push(f);
    }
    CHECK(list.size() == 6);
    CHECK(list.bytes() == bytes);
    CHECK(list[0].sequence() == 2);
    CHECK(list[5].sequence() == 40);
}

TEST_CASE("first_after · the index of the first event behind a sequence")
{
    targeted_list list;
    CHECK(list.first_after(0) == 0);
    for (std::uint64_t const sequence : {2U, 5U, 9U}) {
        list.push(stamped(sequence));
    }
    CHECK(list.first_after(0) == 0);
    CHECK(list.first_after(1) == 0);
    CHECK(list.first_after(2) == 1);
    CHECK(list.first_after(4) == 1);
    CHECK(list.first_after(8) == 2);
    CHECK(list.first_after(9) == 3);
    CHECK(list.first_after(100) == 3);
}

TEST_CASE("erase · takes one out, gives its bytes back and remembers the newest that went")
{
    targeted_list list;
    for (std::uint64_t const sequence : {2U, 5U, 9U}) {
        list.push(stamped(sequence));
    }
    auto const all = list.bytes();
    list.erase(1);
    CHECK(list.size() == 2);
    CHECK(list.bytes() < all);
    CHECK(list[1].sequence() == 9);
    CHECK(list.erased_through() == 5);
    list.erase(0);
    CHECK(list.erased_through() == 5);
    list.erase(0);
    CHECK(list.erased_through() == 9);
    CHECK(list.bytes() == 0);
}

TEST_CASE("clear · forgets all")
{
    targeted_list list;
    list.push(stamped(1));
    list.clear();
    CHECK(list.empty());
    CHECK(list.bytes() == 0);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
