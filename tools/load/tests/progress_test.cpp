#include "../load/progress.hpp"

#include "../load/known_blocks.hpp"
#include "../load/meter.hpp"
#include "../load/pace.hpp"
#include "../load/report.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <string>

using namespace sluice::load;

TEST_SUITE_BEGIN("load/progress");

TEST_CASE("the line says what is going on, and what went wrong only if something did")
{
    tally counts;
    counts.in(stream_state::live) = 7;
    counts.published = 3;
    counts.delivered = 21;
    CHECK(progress_text("measuring", 12.4, counts, 14) ==
          " 12 s  measuring: 7 streams live, 3 published, 21 delivered, 7 a second");
    counts.duplicated = 2;
    counts.in(stream_state::ended) = 1;
    CHECK(progress_text("measuring", 12.4, counts, 14).ends_with("7 a second, 3 WRONG"));
}

TEST_CASE("a pace is due evenly from its start on, however late it is looked at")
{
    const auto start = clock::now();
    pace four_a_second(start, 4);
    CHECK(four_a_second.is_due(start));
    four_a_second.advance();
    CHECK(four_a_second.due() == start + std::chrono::milliseconds(250));
    CHECK_FALSE(four_a_second.is_due(start + std::chrono::milliseconds(249)));
    CHECK(four_a_second.is_due(start + std::chrono::seconds(9)));
    four_a_second.advance();
    CHECK(four_a_second.due() == start + std::chrono::milliseconds(500));
    CHECK(four_a_second.passed() == 2);
    CHECK(until(start - std::chrono::seconds(1)) == clock::duration::zero());
}

TEST_CASE("a figure that could not be had is a dash in the table and null in JSON")
{
    report figures;
    figures.add("a", "an a", std::numeric_limits<double>::quiet_NaN());
    figures.add("b", "a \"b\"", 1.5);
    CHECK(figures.to_table().find(" -\n") != std::string::npos);
    CHECK(figures.to_json() == "{\n  \"a\": null,\n  \"b\": 1.5\n}\n");
}

TEST_CASE("memory that has become less is no figure")
{
    CHECK(growth_per(1000, 3000, 4) == 500);
    CHECK(growth_per(3000, 3000, 4) == 0);
    CHECK(std::isnan(growth_per(3000, 1000, 4)));
    CHECK(excess_per(100, 300, 4) == 50);
    CHECK(std::isnan(excess_per(300, 100, 4)));
    CHECK(std::isnan(excess_per(growth_per(2, 1, 1), 300, 4)));
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("load/known_blocks");

TEST_CASE("the last blocks are known, the first of each as it was")
{
    known_blocks known(3); // four
    CHECK(known.find(0) == nullptr);
    known.remember(0, 5, "a", "id");
    known.remember(0, 6, "b", "other");
    REQUIRE(known.find(0) != nullptr);
    CHECK(known.find(0)->text == "a");
    CHECK(known.find(0)->due_ns == 5);
    CHECK(known.find(0)->id == "id");
    known.remember(4, 7, "c", "");
    CHECK(known.find(0) == nullptr);
    CHECK(known.find(4)->text == "c");
}

TEST_CASE("a block in pieces, a large one and the place of none are not known")
{
    known_blocks known(1);
    known.remember(1, 5, "", "id");
    CHECK(known.find(1) == nullptr);
    known.remember(1, 5, std::string(1 << 20, 'x'), "id");
    CHECK(known.find(1) == nullptr);
    CHECK(known.find(known_block::none) == nullptr);
}

TEST_SUITE_END();
