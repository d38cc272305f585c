#include "../load/histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

using sluice::load::histogram;

TEST_SUITE_BEGIN("load/histogram");

TEST_CASE("an empty histogram has no values")
{
    const histogram empty;
    CHECK(empty.count() == 0);
    CHECK(empty.max() == 0);
    CHECK(empty.value_at(0.5) == 0);
}

TEST_CASE("values below 256 are exact")
{
    histogram values;
    for (std::uint64_t v = 0; v < 256; ++v) {
        values.record(v);
    }
    CHECK(values.count() == 256);
    CHECK(values.value_at(0.0) == 0);
    CHECK(values.value_at(0.5) == 127);
    CHECK(values.value_at(0.75) == 191);
    CHECK(values.value_at(1.0) == 255);
}

TEST_CASE("a single value of any size comes back within 0.8 percent and never too small")
{
    // A second, greatest value keeps max() from hiding the width of the bucket.
    constexpr auto greatest = std::numeric_limits<std::uint64_t>::max();
    for (unsigned bit = 0; bit < 63; ++bit) {
        for (const std::uint64_t offset : {0U, 1U, 77U}) {
            const auto value = (std::uint64_t{1} << bit) + offset;
            CAPTURE(value);
            histogram values;
            values.record(value);
            values.record(greatest);
            const auto read = values.value_at(0.5);
            CHECK(read >= value);
            CHECK(read - value <= value / 128);
            CHECK(values.value_at(1.0) == greatest);
        }
    }
}

TEST_CASE("quantiles of random values agree with those of the sorted values")
{
    std::mt19937_64 random(42);
    std::lognormal_distribution<double> latencies(10, 2);
    std::vector<std::uint64_t> sorted;
    histogram values;
    for (int i = 0; i < 20'000; ++i) {
        sorted.push_back(static_cast<std::uint64_t>(latencies(random)));
        values.record(sorted.back());
    }
    std::sort(sorted.begin(), sorted.end());
    for (const double quantile : {0.01, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
        CAPTURE(quantile);
        const auto rank = static_cast<std::size_t>(std::ceil(quantile * static_cast<double>(sorted.size())));
        const auto exact = sorted[rank - 1];
        CHECK(values.value_at(quantile) >= exact);
        CHECK(values.value_at(quantile) <= exact + exact / 128);
    }
    CHECK(values.max() == sorted.back());
    CHECK(values.value_at(1.0) == sorted.back());
}

TEST_CASE("clear forgets all")
{
    histogram values;
    values.record(1'000'000);
    values.clear();
    CHECK(values.count() == 0);
    CHECK(values.max() == 0);
    values.record(3);
    CHECK(values.value_at(1.0) == 3);
}

TEST_SUITE_END();
