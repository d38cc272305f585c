#include <sluice/session/registry.hpp>

#include <doctest/doctest.h>

#include <utility>
#include <vector>

namespace sluice {
namespace {

constexpr session_id known{.high = 0, .low = 7};
constexpr session_id other{.high = 0, .low = 8};

TEST_SUITE_BEGIN("session/registry");

TEST_CASE("try_take · one operation at a time has the turn of a session")
{
    registry r{0};
    auto turn = r.try_take(known);
    CHECK(turn);
    CHECK(r.is_taken(known));
    CHECK_FALSE(r.try_take(known));
    CHECK(r.try_take(other));
    auto copy = turn;
    turn.reset();
    CHECK_FALSE(r.try_take(known));
    copy.reset();
    CHECK_FALSE(r.is_taken(known));
    CHECK(r.try_take(known));
}

TEST_CASE("where_is · here, unless the known was noted to live elsewhere")
{
    registry r{1};
    CHECK(r.where_is(known) == 1);
    CHECK_FALSE(r.is_elsewhere(known));
    {
        auto const turn = r.try_take(known);
        CHECK(r.where_is(known) == 1);
        r.note(known, 2);
    }
    CHECK(r.where_is(known) == 2);
    CHECK(r.is_elsewhere(known));
    {
        auto const turn = r.try_take(known);
        r.note(known, 0);
    }
    r.forget(known, 2); // it has moved on since
    CHECK(r.where_is(known) == 0);
    r.tidy(known);
    r.tidy_all();
    CHECK(r.where_is(known) == 0);
    r.forget(known, 0);
    CHECK(r.where_is(known) == 1);
    CHECK_FALSE(r.is_elsewhere(known));
}

TEST_CASE("has_ended · until the home of the known knows of its latest end")
{
    registry r{1};
    CHECK_FALSE(r.has_ended(known));
    auto const first = r.note_ended(known);
    auto const second = r.note_ended(known);
    r.note_forgotten(known, first);
    CHECK(r.has_ended(known));
    CHECK_FALSE(r.has_ended(other));
    std::vector<std::pair<session_id, std::uint64_t>> ended;
    r.for_each_ended([&](session_id each, std::uint64_t end) { ended.emplace_back(each, end); });
    CHECK(ended == decltype(ended){{known, second}});
    r.note_forgotten(known, second);
    CHECK_FALSE(r.has_ended(known));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
