#include <sluice/session/registry.hpp>

#include <doctest/doctest.h>

#include <utility>
#include <vector>

namespace sluice {
namespace {

constexpr session_id id{.high = 0, .low = 7};
constexpr session_id other{.high = 0, .low = 8};

TEST_SUITE_BEGIN("session/registry");

TEST_CASE("try_take · one operation at a time has the turn of a session")
{
    registry r{0};
    auto turn = r.try_take(id);
    CHECK(turn);
    CHECK(r.is_taken(id));
    CHECK_FALSE(r.try_take(id));
    CHECK(r.try_take(other));
    auto copy = turn;
    turn.reset();
    CHECK_FALSE(r.try_take(id));
    copy.reset();
    CHECK_FALSE(r.is_taken(id));
    CHECK(r.try_take(id));
}

TEST_CASE("where_is · here, unless the session was noted to live elsewhere")
{
    registry r{1};
    CHECK(r.where_is(id) == 1);
    CHECK_FALSE(r.is_elsewhere(id));
    {
        auto const turn = r.try_take(id);
        CHECK(r.where_is(id) == 1);
        r.note(id, 2);
    }
    CHECK(r.where_is(id) == 2);
    CHECK(r.is_elsewhere(id));
    {
        auto const turn = r.try_take(id);
        r.note(id, 0);
    }
    r.forget(id, 2); // it has moved on since
    CHECK(r.where_is(id) == 0);
    r.tidy(id);
    r.tidy_all();
    CHECK(r.where_is(id) == 0);
    r.forget(id, 0);
    CHECK(r.where_is(id) == 1);
    CHECK_FALSE(r.is_elsewhere(id));
}

TEST_CASE("has_ended · until the home of the session knows of its latest end")
{
    registry r{1};
    CHECK_FALSE(r.has_ended(id));
    auto const first = r.note_ended(id);
    auto const second = r.note_ended(id);
    r.note_forgotten(id, first);
    CHECK(r.has_ended(id));
    CHECK_FALSE(r.has_ended(other));
    std::vector<std::pair<session_id, std::uint64_t>> ended;
    r.for_each_ended([&](session_id each, std::uint64_t end) { ended.emplace_back(each, end); });
    CHECK(ended == decltype(ended){{id, second}});
    r.note_forgotten(id, second);
    CHECK_FALSE(r.has_ended(id));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
