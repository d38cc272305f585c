#include <sluice/fan_out/selector.hpp>

#include <sluice/fan_out/selector_index.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <vector>

namespace sluice {
namespace {

using test::stamped;

TEST_SUITE_BEGIN("fan_out/selector");

TEST_CASE("first_after · and lost · know the broadcasts that are held and count those that have left")
{
    selector t{"t"};
    CHECK(t.broadcasts().first_after(0) == t.broadcasts().size());
    std::vector<shared_frame> const all{stamped(3), stamped(7), stamped(8)};
    for (auto const& f : all) {
        t.append(*f, "t");
    }
    CHECK(&t.broadcasts()[t.broadcasts().first_after(0)] == all[0].get());
    CHECK(&t.broadcasts()[t.broadcasts().first_after(3)] == all[1].get());
    CHECK(t.broadcasts().first_after(8) == t.broadcasts().size());
    CHECK(t.broadcasts().count_after(3) == 2);
    CHECK(t.lost() == 0);
    t.drop_front();
    CHECK(&t.broadcasts()[t.broadcasts().first_after(0)] == all[1].get());
    CHECK(t.lost() == 1);
    t.drop_front();
    t.drop_front();
    CHECK_FALSE(t.has_any());
    CHECK(t.lost() == 3);
}

TEST_CASE("selector_index · knows a selector while someone needs it and forgets it after")
{
    selector_index index;
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
    auto const f = stamped(1);
    second->append(*f, "a");
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
