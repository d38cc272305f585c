#include <sluice/metric_families.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST_SUITE_BEGIN("metric_families");

TEST_CASE("a value · any number as it is, a time in seconds")
{
    metric_families families;
    families.gauge("a", "A.", std::uint64_t{123456789});
    families.gauge("b", "B.", {{.by = {{"x", "y"}}, .value = 1500ms}, {.by = {}, .value = -0.5}});
    families.counter("c_total", "C.", true);
    CHECK(families.text() == "# HELP a A.\n# TYPE a gauge\na 123456789\n"
                             "# HELP b B.\n# TYPE b gauge\nb{x=\"y\"} 1.5\nb -0.5\n"
                             "# HELP c_total C.\n# TYPE c_total counter\nc_total 1\n");
}

TEST_CASE("a histogram · of times in another unit is written in seconds")
{
    static constexpr std::array<std::uint64_t, 2> bounds{1'000'000, 2'000'000'000};
    histogram times{bounds};
    times.observe(500'000'000);
    metric_families families;
    families.add("t_seconds", "T.", times, 1ns);
    CHECK(families.text() == "# HELP t_seconds T.\n# TYPE t_seconds histogram\nt_seconds_bucket{le=\"0.001\"} 0\n"
                             "t_seconds_bucket{le=\"2\"} 1\nt_seconds_bucket{le=\"+Inf\"} 1\n"
                             "t_seconds_sum 0.5\nt_seconds_count 1\n");
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
