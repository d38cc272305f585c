#include <sluice/histogram.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

namespace sluice {
namespace {

using numbers = std::vector<std::uint64_t>;

constexpr std::array<std::uint64_t, 3> bounds{0, 10, 100};

[[nodiscard]] numbers counts_of(histogram const& h) { return {h.counts().begin(), h.counts().end()}; }

TEST_SUITE_BEGIN("histogram");

TEST_CASE("a bound belongs to its bucket, what is above the last to one more")
{
    histogram h{bounds};
    for (std::uint64_t const value : {0U, 1U, 10U, 11U, 100U, 101U, 1'000'000U}) {
        h.observe(value);
    }
    CHECK(counts_of(h) == numbers{1, 2, 2, 2});
    CHECK(h.count() == 7);
    CHECK(h.sum() == 1'000'223);
}

TEST_CASE("a value is counted so many times, also none")
{
    histogram h{bounds};
    h.observe(5, 3);
    h.observe(7, 0);
    CHECK(counts_of(h) == numbers{0, 3, 0, 0});
    CHECK(h.sum() == 15);
}

TEST_CASE("the sum goes beyond what a whole number holds")
{
    histogram h{bounds};
    h.observe(~std::uint64_t{0}, 4);
    CHECK(h.sum() > 7e19);
}

TEST_CASE("two are added bucket by bucket")
{
    histogram a{bounds};
    histogram b{bounds};
    a.observe(1);
    b.observe(1);
    b.observe(1000, 2);
    a += b;
    CHECK(counts_of(a) == numbers{0, 2, 0, 2});
    CHECK(a.sum() == 2002);
    CHECK(b.count() == 3);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
