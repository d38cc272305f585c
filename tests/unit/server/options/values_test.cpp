#include <options/values.hpp>

#include <sluice/http/cors.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace sluice::server {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

struct duration_row {
    std::chrono::milliseconds value;
    std::string text;
};

struct size_row {
    std::size_t value;
    std::string text;
};

struct value_row {
    std::string_view text;
    bool good;
};

TEST_SUITE_BEGIN("server/options/values");

TEST_CASE("duration · is written in the largest unit that fits, and read back")
{
    for (auto const& row : {duration_row{0ms, "0s"},
                            {1ms, "1ms"},
                            {1500ms, "1500ms"},
                            {30s, "30s"},
                            {90s, "90s"},
                            {5min, "5m"},
                            {36h, "36h"},
                            {48h, "2d"}}) {
        CAPTURE(row.text);
        CHECK(to_text(row.value) == row.text);
        CHECK(parse_duration(row.text) == row.value);
    }
    CHECK(parse_duration("0") == 0ms);
}

TEST_CASE("size · is written in the largest unit that fits, and read back")
{
    for (auto const& row : {size_row{0, "0"},
                            {1000, "1000"},
                            {1024, "1KiB"},
                            {1536, "1536"},
                            {64 << 20, "64MiB"},
                            {std::size_t{3} << 30, "3GiB"}}) {
        CAPTURE(row.text);
        CHECK(size_text(row.value) == row.text);
        CHECK(parse_size(row.text) == row.value);
    }
}

TEST_CASE("ownership · is written and read back")
{
    for (std::string const list : {"user-agent", "user-agent,address,token", "address,token", "none"}) {
        CAPTURE(list);
        auto const rule = parse_ownership(list);
        REQUIRE(rule);
        CHECK(to_text(*rule) == list);
    }
}

TEST_CASE("bearer token · what RFC 6750 calls a b64token")
{
    for (auto const& row : {value_row{"a", true},
                            {"AZaz09-._~+/", true},
                            {"YWJj==", true},
                            {"eyJh.eyJz.c2ln", true},
                            {"", false},
                            {"=", false},
                            {"==", false},
                            {"a=b", false},
                            {"a b", false},
                            {" a", false},
                            {"a\n", false},
                            {"a\r", false},
                            {"a\0b"sv, false},
                            {"caf\xC3\xA9", false},
                            {"p@ss", false},
                            {"a,b", false},
                            {"\"a\"", false}}) {
        CAPTURE(row.text);
        CHECK(is_bearer_token(row.text) == row.good);
    }
}

TEST_CASE("origin · as browsers send it")
{
    for (auto const& row : {value_row{"https://page.example", true},
                            {"http://localhost:8080", true},
                            {"http://[::1]:8080", true},
                            {"moz-extension://0f-1a", true},
                            {"app+x://host", true},
                            {"*", true},
                            {"null", true},
                            {"", false},
                            {"page.example", false},
                            {"https://", false},
                            {"://page.example", false},
                            {"https://page.example/", false},
                            {"https://page.example/path", false},
                            {"https://Page.example", false},
                            {"HTTPS://page.example", false},
                            {"https://a.example https://b.example", false},
                            {"https://a.example\r\nX: y", false},
                            {"https://user@a.example", false},
                            {"https://*.example", true},
                            {"https://*.a.example:8443", true},
                            {"https://*", false},
                            {"https://*.", false},
                            {"https://a.*.example", false},
                            {"https://**.example", false}}) {
        CAPTURE(row.text);
        CHECK(is_cors_origin(row.text) == row.good);
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server
