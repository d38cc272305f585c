#include <sluice/client/http_date.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// 1994-11-06 08:49:37 UTC, the example of RFC 9110.
constexpr std::chrono::sys_seconds example{784111777s};

} // namespace

TEST_SUITE("client/http_date")
{
    TEST_CASE("date · in each of its three forms")
    {
        for (auto const* const text :
             {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
            CAPTURE(std::string{text});
            CHECK(parse_http_date(text) == example);
        }
    }

    TEST_CASE("date · nothing else is one")
    {
        for (auto const* const text :
             {"", "x", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT",
              "Sun, 06 Nov 1994 08:49:37 GMT and more", "1994-11-06T08:49:37Z"}) {
            CAPTURE(std::string{text});
            CHECK_FALSE(parse_http_date(text).has_value());
        }
    }

    TEST_CASE("Retry-After · seconds, or a date from now on")
    {
        struct row {
            char const* text;
            std::optional<milliseconds> wait;
        };
        for (auto const& r : std::initializer_list<row>{
                 {"0", 0ms},
                 {"120", 120s},
                 {"99999999999999999999", milliseconds{2147483000}},
                 {"Sun, 06 Nov 1994 08:50:07 GMT", 30s},
                 {"Sun, 06 Nov 1994 08:49:00 GMT", 0s},
                 {"Sun, 06 Nov 2094 08:49:00 GMT", milliseconds{2147483647}},
                 {"Fri, 31 Dec 9999 23:59:59 GMT", milliseconds{2147483647}},
                 {"Thu, 01 Jan 1970 00:00:00 GMT", 0s},
                 {"", std::nullopt},
                 {"-1", std::nullopt},
                 {"1.5", std::nullopt},
                 {"soon", std::nullopt},
             }) {
            CAPTURE(std::string{r.text});
            CHECK(parse_retry_after(r.text, example) == r.wait);
        }
    }
}

} // namespace sluice
