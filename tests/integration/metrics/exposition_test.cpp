// What the tests of /metrics rely on: that a broken exposition is refused.
#include "exposition.hpp"

#include <checks.hpp>

using namespace sluice::test;

namespace {

struct broken_row {
    const char* name;
    const char* text;
};

constexpr broken_row broken_rows[] = {
    {"no line end", "# HELP a b\n# TYPE a gauge\na 1"},
    {"an empty line", "# HELP a b\n# TYPE a gauge\n\na 1\n"},
    {"no HELP", "# TYPE a gauge\na 1\n"},
    {"no text behind HELP", "# HELP a \n# TYPE a gauge\na 1\n"},
    {"no TYPE", "# HELP a b\na 1\n"},
    {"an unknown type", "# HELP a b\n# TYPE a other\na 1\n"},
    {"no sample", "# HELP a b\n# TYPE a gauge\n"},
    {"a family twice", "# HELP a b\n# TYPE a gauge\na 1\n# HELP a b\n# TYPE a gauge\na 2\n"},
    {"a sample of another family", "# HELP a b\n# TYPE a gauge\nb 1\n"},
    {"a sample twice", "# HELP a b\n# TYPE a gauge\na{x=\"1\"} 1\na{x=\"1\"} 2\n"},
    {"a name that begins with a digit", "# HELP 1a b\n# TYPE 1a gauge\n1a 1\n"},
    {"no value", "# HELP a b\n# TYPE a gauge\na \n"},
    {"two spaces", "# HELP a b\n# TYPE a gauge\na  1\n"},
    {"no number", "# HELP a b\n# TYPE a gauge\na x\n"},
    {"not a number", "# HELP a b\n# TYPE a gauge\na nan\n"},
    {"a CR", "# HELP a b\n# TYPE a gauge\na 1\r\n"},
    {"a label without quotes", "# HELP a b\n# TYPE a gauge\na{x=1} 1\n"},
    {"a label that is not closed", "# HELP a b\n# TYPE a gauge\na{x=\"1} 1\n"},
    {"labels without a brace", "# HELP a b\n# TYPE a gauge\na{x=\"1\" 1\n"},
    {"a label twice", "# HELP a b\n# TYPE a gauge\na{x=\"1\",x=\"2\"} 1\n"},
    {"an escape that is unknown", "# HELP a b\n# TYPE a gauge\na{x=\"\\t\"} 1\n"},
    {"a counter without _total", "# HELP a b\n# TYPE a counter\na 1\n"},
    {"a gauge with _total", "# HELP a_total b\n# TYPE a_total gauge\na_total 1\n"},
    {"a negative counter", "# HELP a_total b\n# TYPE a_total counter\na_total -1\n"},
    {"buckets that shrink",
     "# HELP a b\n# TYPE a histogram\na_count 1\na_sum 1\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n"},
    {"bounds that shrink", "# HELP a b\n# TYPE a histogram\na_count 1\na_sum 1\na_bucket{le=\"2\"} 1\n"
                           "a_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\n"},
    {"no last bucket", "# HELP a b\n# TYPE a histogram\na_count 1\na_sum 1\na_bucket{le=\"1\"} 1\n"},
    {"a count that is not that of the last bucket",
     "# HELP a b\n# TYPE a histogram\na_count 2\na_sum 1\na_bucket{le=\"+Inf\"} 1\n"},
    {"no sum", "# HELP a b\n# TYPE a histogram\na_count 1\na_bucket{le=\"+Inf\"} 1\n"},
};

} // namespace

TEST_SUITE("metrics/exposition")
{
    TEST_CASE("broken · each kind is refused")
    {
        for_each_row(broken_rows, [](const broken_row& row) { CHECK_THROWS_AS(exposition(row.text), test_failure); });
    }

    TEST_CASE("right · values, labels and histograms are read")
    {
        const exposition all("# HELP a b c\n# TYPE a gauge\na -1.5e3\na{x=\"1\",y=\"\\\\\\\"\\n\"} 2\n"
                             "# HELP n_total b\n# TYPE n_total counter\nn_total{r=\"1\"} 3\nn_total{r=\"2\"} 4\n"
                             "# HELP h b\n# TYPE h histogram\nh_count 3\nh_sum 4.5\nh_bucket{le=\"1\"} 2\n"
                             "h_bucket{le=\"+Inf\"} 3\n");
        CHECK(all.families().size() == 3);
        CHECK(all.families().at("a").help == "b c");
        CHECK(all.value("a") == -1500);
        CHECK(all.value("a", {{"x", "1"}, {"y", "\\\"\n"}}) == 2);
        CHECK(all.sum("n_total") == 7);
        CHECK(all.value("h_bucket", {{"le", "1"}}) == 2);
        CHECK(all.value("h_count") == 3);
        CHECK_THROWS_AS(static_cast<void>(all.value("a", {{"x", "1"}})), test_failure);
    }
}
