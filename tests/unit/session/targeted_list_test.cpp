#include <sluice/session/targeted_list.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <vector>

namespace sluice {
namespace {

using test::stamped;

TEST_SUITE_BEGIN("session/targeted_list");

TEST_CASE("push · drop_front · keep the events in order")
{
    std::vector<shared_frame> const all{stamped(2), stamped(5), stamped(9)};
    targeted_list list;
    CHECK(list.empty());
    CHECK(list.first_after(0) == 0);
    CHECK(list.mark() == nullptr);
    for (auto const& f : all) {
        list.push(*f);
    }
    CHECK(list.size() == 3);
    CHECK(list.mark() != nullptr);
    CHECK(&list[1] == all[1].get());
    CHECK(list.first_after(2) == 1);
    CHECK(list.first_after(9) == 3);
    CHECK(list.lost_through() == 0);
    list.drop_front();
    CHECK(list.size() == 2);
    CHECK(&list[0] == all[1].get());
    list.note_lost(7);
    list.note_lost(2);
    CHECK(list.lost_through() == 7);
    list.clear();
    CHECK(list.empty());
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
