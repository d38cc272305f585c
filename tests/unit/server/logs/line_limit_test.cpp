#include <logs/line_limit.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

TEST_SUITE_BEGIN("server/line_limit");

TEST_CASE("within any second at most 100 lines are written, and the rest is counted once")
{
    line_limit limit;
    std::vector<line_limit::time_point> written;
    std::uint64_t left_out = 0;
    int firsts = 0;
    line_limit::time_point now{};
    // Three seconds of a line each millisecond, of which the first half second is quiet.
    for (int i = 0; i != 2500; ++i) {
        now = line_limit::time_point{500ms + i * 1ms};
        auto const [write, first] = limit.judge(now);
        if (write) {
            written.push_back(now);
        }
        firsts += first ? 1 : 0;
        if (i % 1000 == 999) {
            left_out += limit.take_left_out();
        }
    }
    left_out += limit.take_left_out();
    CHECK(written.size() == 300);
    CHECK(left_out == 2200);
    CHECK(firsts == 3);
    for (std::size_t i = line_limit::most_lines; i < written.size(); ++i) {
        CHECK(written[i] - written[i - line_limit::most_lines] >= 1s);
    }
    CHECK(limit.take_left_out() == 0);
}

TEST_CASE("a slow trickle is never cut")
{
    line_limit limit;
    for (int i = 0; i != 1000; ++i) {
        CHECK(limit.judge(line_limit::time_point{i * 10ms}).write);
    }
    CHECK(limit.take_left_out() == 0);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server
