#include <sluice/fan_out/deadline_list.hpp>

#include <doctest/doctest.h>

#include <optional>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using time_point = deadline_list::time_point;

struct thing : deadline_entry {};

time_point at(std::chrono::milliseconds time) { return time_point{1h + time}; }

TEST_SUITE_BEGIN("fan_out/deadline_list");

TEST_CASE("pop_due · gives entries in the order in which they are due, each once")
{
    deadline_list list{10s};
    thing a;
    thing b;
    thing c;
    CHECK(list.next() == time_point::max());
    CHECK(list.pop_due(time_point::max()) == nullptr);
    list.restart(a, at(0s));
    list.restart(b, at(1s));
    list.restart(c, at(1s));
    CHECK(list.next() == at(10s));
    CHECK(list.pop_due(at(10s - 1ms)) == nullptr);
    CHECK(list.pop_due(at(10s)) == &a);
    CHECK(list.pop_due(at(10s)) == nullptr);
    CHECK(list.next() == at(11s));
    CHECK(list.pop_due(at(20s)) == &b);
    CHECK(list.pop_due(at(20s)) == &c);
    CHECK(list.pop_due(at(20s)) == nullptr);
}

TEST_CASE("restart · gives the full time anew and puts the entry behind the others")
{
    deadline_list list{10s};
    thing a;
    thing b;
    list.restart(a, at(0s));
    list.restart(b, at(1s));
    list.restart(a, at(2s));
    CHECK(a.deadline() == at(12s));
    CHECK(list.pop_due(at(11s)) == &b);
    CHECK(list.pop_due(at(11s)) == nullptr);
    CHECK(list.pop_due(at(12s)) == &a);
}

TEST_CASE("an entry · moves from one list to another, and leaves its list when it is unlinked or destroyed")
{
    deadline_list first{10s};
    deadline_list second{5s};
    thing a;
    first.restart(a, at(0s));
    second.restart(a, at(0s));
    CHECK(first.next() == time_point::max());
    CHECK(second.next() == at(5s));
    a.unlink();
    CHECK(second.next() == time_point::max());
    {
        thing gone;
        first.restart(gone, at(0s));
    }
    CHECK(first.pop_due(at(1h)) == nullptr);
}

TEST_CASE("a list with a time of 0 · watches nothing, and takes the entry out of where it was")
{
    deadline_list off{0s};
    deadline_list on{1s};
    thing a;
    on.restart(a, at(0s));
    off.restart(a, at(0s));
    CHECK(off.next() == time_point::max());
    CHECK(on.next() == time_point::max());
    CHECK(off.pop_due(at(1h)) == nullptr);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
