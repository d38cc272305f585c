#include <sluice/session/session_id.hpp>

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string_view>

namespace sluice {
namespace {

TEST_SUITE_BEGIN("session/session_id");

TEST_CASE("to_string · writes 32 lower-case hexadecimal digits, which are read back")
{
    session_id const id{.high = 0x0123456789abcdefU, .low = 0xfU};
    CHECK(to_string(id) == "0123456789abcdef000000000000000f");
    CHECK(parse_session_id(to_string(id)) == id);
}

TEST_CASE("parse_session_id · refuses what to_string does not write")
{
    using namespace std::string_view_literals;
    REQUIRE(parse_session_id("0123456789abcdef0123456789abcdef"));
    std::array const wrong{""sv,
                           "0123456789abcdef0123456789abcde"sv,
                           "0123456789abcdef0123456789abcdef0"sv,
                           "0123456789ABCDEF0123456789ABCDEF"sv,
                           "0123456789abcdef0123456789abcdeg"sv,
                           "0123456789abcdef0123456789abcde "sv,
                           " 123456789abcdef0123456789abcdef"sv,
                           "0x23456789abcdef0123456789abcdef"sv,
                           "0123456789abcde-0123456789abcdef"sv,
                           "0123456789abcdef+123456789abcdef"sv,
                           "0123456789abcdef0123456789abcde\0"sv};
    for (auto const& text : wrong) {
        CAPTURE(text);
        CHECK_FALSE(parse_session_id(text));
    }
}

TEST_CASE("make_session_id · draws from the whole range and never the same twice")
{
    std::set<session_id> seen;
    session_id ones{};
    session_id zeros{.high = ~std::uint64_t{0}, .low = ~std::uint64_t{0}};
    for (int i = 0; i != 1000; ++i) {
        auto const id = make_session_id();
        CHECK(seen.insert(id).second);
        ones = {ones.high | id.high, ones.low | id.low};
        zeros = {zeros.high & id.high, zeros.low & id.low};
    }
    // Every bit was set once and clear once; by chance this fails less often than once in 2^990 runs.
    CHECK(~ones.high == 0);
    CHECK(~ones.low == 0);
    CHECK(zeros.high == 0);
    CHECK(zeros.low == 0);
}

TEST_CASE("home_of · depends on the id alone and reaches every shard")
{
    std::set<std::size_t> homes;
    for (int i = 0; i != 1000; ++i) {
        auto const id = make_session_id();
        auto const home = home_of(id, 3);
        CHECK(home == home_of(*parse_session_id(to_string(id)), 3));
        homes.insert(home);
    }
    CHECK(homes == std::set<std::size_t>{0, 1, 2});
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
