#include <metrics/self_check.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

using sluice::server::self_check;
using sluice::server::self_check_report;
using namespace std::chrono_literals;

namespace {

/// A moment on the clock that the test moves.
self_check::time_point at(self_check::duration since_start) { return self_check::time_point{} + 1h + since_start; }

/// How many latencies are in the bucket whose upper bound this is.
std::uint64_t in_bucket(self_check_report const& report, std::chrono::nanoseconds bound)
{
    auto const bounds = report.latency.bounds();
    auto const found = std::ranges::find(bounds, static_cast<std::uint64_t>(bound.count()));
    REQUIRE(found != bounds.end());
    return report.latency.counts()[static_cast<std::size_t>(found - bounds.begin())];
}

} // namespace

TEST_SUITE("unit/server/self_check")
{
    TEST_CASE("round · lasts until the last shard has the event")
    {
        self_check check{3};
        CHECK_FALSE(check.report().last);
        check.begin(1, at(0s));
        check.answer(1, 1, at(2ms));
        check.answer(0, 1, at(7ms));
        check.answer(2, 1, at(3ms));
        CHECK(check.look(at(1s)).empty());
        auto const report = check.report();
        CHECK(report.last == 7ms);
        CHECK(report.latency.count() == 1);
        CHECK(in_bucket(report, 10ms) == 1);
        CHECK(report.times_late == 0);
        CHECK(report.late_now == 0);
    }

    TEST_CASE("round · counts an answer once, and none to an earlier event")
    {
        self_check check{1};
        check.answer(0, 4, at(0s)); // before any round
        check.begin(5, at(0s));
        check.answer(0, 4, at(1ms));
        check.answer(0, 5, at(2ms));
        check.answer(0, 6, at(900ms));
        CHECK(check.look(at(1s)).empty());
        CHECK(check.report().last == 2ms);
    }

    TEST_CASE("latencies · are counted by their size and summed")
    {
        self_check check{1};
        std::uint64_t sequence = 0;
        auto now = 0s;
        for (self_check::duration const latency : {50us, 51us, 100us, 20'000'000us}) {
            check.begin(++sequence, at(now));
            check.answer(0, sequence, at(now + latency));
            now += 30s;
            CHECK(check.look(at(now)).empty());
        }
        auto const report = check.report();
        CHECK(in_bucket(report, 50us) == 1);
        CHECK(in_bucket(report, 100us) == 2);
        CHECK(report.latency.counts().back() == 1);
        CHECK(report.latency.count() == 4);
        CHECK(report.latency.sum() == doctest::Approx(20'000'201'000.0));
    }

    TEST_CASE("late · is told once, with the shard and the time, and so is the end of it")
    {
        self_check check{2};
        check.begin(1, at(0s));
        check.answer(0, 1, at(1ms));
        auto const late = check.look(at(1s));
        REQUIRE(late.size() == 1);
        CHECK(late[0].shard == 1);
        CHECK(late[0].late);
        CHECK(late[0].waited == 1s);
        CHECK(check.report().late_now == 1);
        CHECK(check.report().times_late == 1);
        CHECK_FALSE(check.report().last);

        check.begin(2, at(1s)); // the first round is still under way
        check.answer(0, 2, at(1s + 1ms));
        CHECK(check.look(at(2s)).empty());
        CHECK(check.report().times_late == 1);

        check.answer(1, 2, at(2500ms));
        auto const back = check.look(at(3s));
        REQUIRE(back.size() == 1);
        CHECK(back[0].shard == 1);
        CHECK_FALSE(back[0].late);
        CHECK(back[0].waited == 2500ms);
        CHECK(check.report().last == 2500ms);
        CHECK(check.report().latency.count() == 1);
        CHECK(check.report().late_now == 0);

        check.begin(3, at(3s));
        check.answer(0, 3, at(3s + 1ms));
        check.answer(1, 3, at(3s + 4ms));
        CHECK(check.look(at(4s)).empty());
        CHECK(check.report().last == 4ms);
        CHECK(check.report().times_late == 1);
    }
}
