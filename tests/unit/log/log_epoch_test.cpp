#include <sluice/log/log_epoch.hpp>

#include <doctest/doctest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST_SUITE_BEGIN("log/log_epoch");

TEST_CASE("begin_log · by the clock, in milliseconds since the epoch")
{
    // Ahead of every other log of this process.
    auto const time = std::chrono::system_clock::now() + 1h;
    auto const expected = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    CHECK(begin_log(time) == static_cast<std::uint64_t>(expected));
}

TEST_CASE("begin_log · each log's is greater than the one before, whatever the clock does")
{
    auto const now = std::chrono::system_clock::now();
    auto const first = begin_log(now);
    auto const same_time = begin_log(now);
    auto const clock_went_back = begin_log(now - 24h);
    auto const before_the_epoch = begin_log(std::chrono::system_clock::time_point{-1h});
    CHECK(same_time > first);
    CHECK(clock_went_back > same_time);
    CHECK(before_the_epoch > clock_went_back);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
