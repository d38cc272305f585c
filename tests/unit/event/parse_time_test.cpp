#include <sluice/event/parse_time.hpp>

#include <sluice/event/frame.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string_view>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using moment = std::chrono::system_clock::time_point;

TEST_SUITE_BEGIN("event/parse_time");

TEST_CASE("parse_time · RFC 3339, section 5.6")
{
    struct row {
        std::string_view text;
        moment means;
    };
    for (auto const& r :
         {row{"1970-01-01T00:00:00Z", moment{0s}}, row{"2000-02-29T00:00:00.007Z", moment{951'782'400s + 7ms}},
          row{"2025-12-31t23:59:59.999999999z", moment{1'767'225'599s + 999'999us}},
          row{"2026-01-01T00:59:59+01:00", moment{1'767'225'599s}},
          row{"2026-01-01 00:59:59 01:00", moment{1'767'225'599s}},
          row{"2025-12-31T18:29:59.5-05:30", moment{1'767'225'599s + 500ms}},
          row{"1969-12-31T23:59:59.999Z", moment{-1ms}}, row{"1990-12-31T23:59:60Z", moment{662'688'000s}}}) {
        CAPTURE(r.text);
        CHECK(parse_time(r.text) == r.means);
    }
    // Where the clock ends: it counts nanoseconds in 64 bits.
    CHECK(parse_time("2999-01-01T00:00:00Z") > parse_time("2262-04-11T00:00:00Z"));
    CHECK(parse_time("0001-01-01T00:00:00Z") < parse_time("1700-01-01T00:00:00Z"));
    auto const now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    CHECK(parse_time(format_time(now)) == now);
}

TEST_CASE("parse_time · what is no time")
{
    for (std::string_view const text : {"",
                                        "2026",
                                        "2026-01-31",
                                        "2026-01-31T09:30:00",
                                        "2026-01-31T09:30Z",
                                        "2026-1-31T09:30:00Z",
                                        "2026-02-29T09:30:00Z",
                                        "2026-13-01T09:30:00Z",
                                        "2026-01-00T09:30:00Z",
                                        "2026-01-31T24:00:00Z",
                                        "2026-01-31T09:60:00Z",
                                        "2026-01-31T09:30:61Z",
                                        "2026-01-31T09:30:00.Z",
                                        "2026-01-31T09:30:00+1:00",
                                        "2026-01-31T09:30:00+24:00",
                                        "2026-01-31T09:30:00Z ",
                                        " 2026-01-31T09:30:00Z",
                                        "-026-01-31T09:30:00Z",
                                        "2026-01-31T09:30:-1Z",
                                        "2026/01/31T09:30:00Z",
                                        "1700000000-12"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_time(text));
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
