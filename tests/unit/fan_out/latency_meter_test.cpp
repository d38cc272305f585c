#include <sluice/fan_out/latency_meter.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <algorithm>
#include <chrono>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

constexpr system_clock::time_point start{1'800'000'000s};

[[nodiscard]] shared_frame published_at(system_clock::time_point time)
{
    return frame::make({.id = {}, .type = {}, .data = "x"}, {}, time);
}

/// How many values are in the bucket with this bound.
[[nodiscard]] std::uint64_t in_bucket(histogram const& h, std::chrono::nanoseconds bound)
{
    auto const found = std::ranges::find(h.bounds(), static_cast<std::uint64_t>(bound.count()));
    REQUIRE(found != h.bounds().end());
    return h.counts()[static_cast<std::size_t>(found - h.bounds().begin())];
}

TEST_SUITE_BEGIN("fan_out/latency_meter");

TEST_CASE("each event counts, from its own time to the end of the waking")
{
    latency_meter meter;
    for (auto const time : {start, start, start + 4ms, start + 4ms, start + 4ms, start + 7ms}) {
        meter.take(*published_at(time));
    }
    meter.finish(start + 8ms);
    CHECK(in_bucket(meter.latency(), 10ms) == 2);
    CHECK(in_bucket(meter.latency(), 5ms) == 3);
    CHECK(in_bucket(meter.latency(), 1ms) == 1);
    CHECK(meter.latency().sum() == doctest::Approx(29e6));
}

TEST_CASE("what was finished is not counted again")
{
    latency_meter meter;
    meter.take(*published_at(start));
    meter.finish(start + 1ms);
    meter.finish(start + 2ms);
    meter.take(*published_at(start));
    meter.finish(start + 3ms);
    CHECK(meter.latency().count() == 2);
    CHECK(meter.latency().sum() == doctest::Approx(4e6));
}

TEST_CASE("a clock that was set back makes no latency")
{
    latency_meter meter;
    meter.take(*published_at(start));
    meter.finish(start - 1h);
    CHECK(meter.latency().count() == 1);
    CHECK(meter.latency().sum() == 0);
}

TEST_CASE("each write counts, from its oldest event to when its socket had taken it")
{
    latency_meter meter;
    auto const at = [](system_clock::time_point time) { return [time] { return time; }; };
    SUBCASE("alone, at once")
    {
        meter.wrote(start, true, at(start + 2ms));
        meter.wrote(start + 1ms, true, at(start + 2ms));
        CHECK(meter.socket_latency().count() == 2);
        CHECK(meter.socket_latency().sum() == doctest::Approx(3e6));
    }
    SUBCASE("of many, a few together, and the rest when the waking ends")
    {
        int looks = 0;
        auto const clock = [&] { return start + std::chrono::milliseconds{++looks}; };
        for (std::size_t i = 0; i != 2 * latency_meter::writes_per_look + 1; ++i) {
            meter.wrote(start, false, clock);
        }
        CHECK(looks == 2);
        CHECK(in_bucket(meter.socket_latency(), 1ms) == latency_meter::writes_per_look);
        CHECK(in_bucket(meter.socket_latency(), 2500us) == latency_meter::writes_per_look);
        meter.finish(start + 4ms);
        CHECK(in_bucket(meter.socket_latency(), 5ms) == 1);
        meter.finish(start + 5ms);
        CHECK(meter.socket_latency().count() == 2 * latency_meter::writes_per_look + 1);
    }
    SUBCASE("those before a write of other events by themselves")
    {
        meter.wrote(start, false, at(start + 1ms));
        meter.wrote(start + 1ms, false, at(start + 2ms));
        CHECK(in_bucket(meter.socket_latency(), 2500us) == 1);
        meter.finish(start + 2ms);
        CHECK(in_bucket(meter.socket_latency(), 1ms) == 1);
    }
    CHECK(meter.latency().count() == 0);
}

TEST_CASE("without events nothing is measured")
{
    latency_meter meter;
    meter.finish();
    CHECK(meter.latency().count() == 0);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
