#include <url_pattern/pattern.hpp>

#include "hub.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::url_pattern {
namespace {

using test::hub;

TEST_SUITE_BEGIN("url_pattern/pattern");

std::string repeated(std::string_view text, std::size_t times)
{
    std::string all;
    while (times-- != 0) {
        all += text;
    }
    return all;
}

// What matches, tests/url_pattern/cases.json has, beside a browser's word.
TEST_CASE("compile · a topic is a URL, or a path of the base; others are matched by no pattern")
{
    auto const rooms = compile("/chat/:room", hub());
    REQUIRE(rooms);
    CHECK(rooms->text() == "/chat/:room");
    CHECK(rooms->matches({"/chat/7", hub()}));
    CHECK(rooms->matches({"https://HUB.example:443/x/../chat/7?q", hub()}));
    CHECK_FALSE(rooms->matches({"https://other.example/chat/7", hub()}));
    CHECK_FALSE(rooms->matches({"/chat/7/8", hub()}));
    auto const all = compile("*://*:*/*", hub());
    REQUIRE(all);
    for (auto const* text : {"chat", "chat/7", "", "*", "https://b\xC3\xBC.example/"}) {
        CAPTURE(text);
        topic const t{text, hub()};
        CHECK_FALSE(t.is_url());
        CHECK(t.text() == text);
        CHECK_FALSE(all->matches(t));
    }
}

TEST_CASE("base_url · only an absolute URL is one")
{
    CHECK(base_url::parse("http://127.0.0.1:8080"));
    auto const bad = base_url::parse("/a");
    REQUIRE_FALSE(bad);
    CHECK(bad.error() == "the base is no absolute URL");
}

TEST_CASE("compile · a refusal is one line that names the byte and the component")
{
    struct row {
        std::string text;
        std::string why;
    };
    std::vector<row> const rows{
        {"/chat/(a(?=b))", "byte 8 (pathname): look-ahead and look-behind cannot be matched in linear time"},
        {"chat/(a\\1)", "byte 8 (pathname): a back-reference cannot be matched in linear time"},
        {"https://a.example/:a/:a", "byte 21 (pathname): a second group named :a"},
        {"https://a.example/b?{c", "byte 22 (search): a { without its }"},
        {"https://a.example/b#{c{d}}", "byte 22 (hash): unexpected { within {…}"},
        {"https://a.example/b#c}", "byte 21 (hash): unexpected }"},
        {"https://b\xC3\xBC.example/", "byte 8 (hostname): a host name outside ASCII (write it in Punycode, xn--…)"},
        {"https://a b.example/", "byte 8 (hostname): not a host name's characters, or not an IPv4 address"},
        {"https://[\\:\\:x]/", "byte 8 (hostname): not an IPv6 address's characters"},
        {"https://a.example:99999/", "byte 18 (port): not a port (0 to 65535)"},
        {"1a://b/", "byte 0 (protocol): not a scheme's characters"},
        {"https://a.example/:1", "byte 18 (pathname): a colon without a name behind it (a plain colon is written \\:)"},
        {"/a/(b", "byte 3 (pathname): a parenthesis without its end"},
        {"/a/()", "byte 3 (pathname): an empty regular expression"},
        {"/a/((b))", "byte 3 (pathname): a capturing group in a regular expression (write (?:…))"},
        {"/a/(\xC3\xA9)", "byte 3 (pathname): a character outside ASCII in a regular expression"},
        {"/a\\", "byte 2 (pathname): a backslash with nothing behind it"},
        {"/a\n(b", "byte 3 (pathname): a parenthesis without its end"},
        {"/((?:a{100}){100})", "more than 1000 repetitions, where those within others are multiplied"},
        {"/((?:[a-z]{1,40}[A-Z]{1,40}){1,25})", "repeats or alternates more than a pattern of its length may"},
        {"/(\\\n)", "byte 3 (pathname): an unknown escape \\ "},
        {"/(\\p{" + std::string(300, 'x') + "})", "byte 3 (pathname): the property " + std::string(168, 'x') + "…"},
        {"/\xFF", "not UTF-8"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const compiled = compile(r.text, hub());
        REQUIRE_FALSE(compiled);
        CHECK(compiled.error() == r.why);
        CHECK(compiled.error().find('\n') == std::string::npos);
    }
}

TEST_CASE("compile · a refusal of a relative pattern names its own byte, not that of what the base has before it")
{
    auto const base = base_url::parse("https://hub.example/a/long/path/to/the/hub");
    auto const compiled = compile("x/(y(?=z))", *base);
    REQUIRE_FALSE(compiled);
    CHECK(compiled.error() == "byte 4 (pathname): look-ahead and look-behind cannot be matched in linear time");
}

// That both ways of matching say the same, the fuzz target holds.
TEST_CASE("compile · what needs no automaton has none")
{
    for (auto const* text : {"/chat/:room", "/chat/*", "/:a/:b/*", "/a", "*", "https://:tenant.example/:page\\?q=:q#:h",
                             "urn:*", "/{:a/}b", "/a{b}c", "/a?*"}) {
        CAPTURE(text);
        auto const compiled = compile(text, hub());
        REQUIRE(compiled);
        CHECK(compiled->cost() == 1);
    }
    for (auto const* text :
         {"/:a-:b", "/:a?", "/(a)", "/*/a", "/:a.", "https://*.example/", "http{s}?://a/", "/{a}*"}) {
        CAPTURE(text);
        auto const compiled = compile(text, hub());
        REQUIRE(compiled);
        CHECK(compiled->cost() > 1);
    }
}

TEST_CASE("compile · at most 4,096 bytes")
{
    auto const longest = "/" + std::string(longest_pattern - 1, 'a');
    auto const compiled = compile(longest, hub());
    REQUIRE(compiled);
    CHECK(compiled->matches({longest, hub()}));
    auto const longer = compile(longest + 'a', hub());
    REQUIRE_FALSE(longer);
    CHECK(longer.error() == "longer than 4096 bytes");
}

// Bounded in memory and in steps: an expression's program grows with the pattern's text, and matching is the product of
// program and topic at worst. The test's own time limit is what a pattern that explodes would hit.
TEST_CASE("compile · hostile patterns are refused, or matched in bounded work")
{
    std::vector<std::string> const patterns{
        "/((?:(?:a*)*)*b)",
        "/((?:a+)+b)",
        "/((?:a|aa|aaa)+b)",
        "/((?:.*a){20}b)",
        "/(" + repeated("a?", 1000) + repeated("a", 1000) + ")",
        "/(" + repeated("(?:a|", 90) + "b" + repeated(")*", 90) + ")",
        "/(" + repeated("abcdefg|", 500) + "h)",
        "/(" + repeated(".*x", 1300) + ")",
        "/" + repeated("*a", 2040),
        "/" + repeated("{a}*", 1000),
        "/" + repeated(":a", 1),
        "/(" + repeated("[^a]", 1000) + ")",
        "/((?:a{0,30}){0,30}b)",
        "/((?:a{1000}){1000})",
        "/(.*a.{400})",
        "/" + repeated("(a)", 1300),
        "/" + repeated("{/:x", 1) + "}*",
        repeated("{", 4096),
        repeated("(?:", 1365),
        "/(" + repeated("(?:", 1360) + ")",
        repeated("\\", 4096),
        repeated(":", 4096),
        repeated("?", 4096),
        repeated("*", 4096),
        "/([" + repeated("[a]", 1300) + "])",
    };
    std::vector<std::string> const topics{
        "/" + repeated("a", 1023),
        "/" + repeated("ab", 511),
        "/" + repeated("x", 1023),
        "/" + repeated("%", 1023),
        "/" + repeated("/", 1023),
        "/" + repeated("../", 341),
        "https://" + repeated("a@", 500) + "a/",
        "/" + repeated("\xC3\xA9", 511),
    };
    std::size_t taken = 0;
    for (auto const& text : patterns) {
        CAPTURE(text.substr(0, 40));
        auto const compiled = compile(text, hub());
        if (!compiled) {
            CHECK_FALSE(compiled.error().empty());
            CHECK(compiled.error().size() < 300);
            continue;
        }
        ++taken;
        CHECK(compiled->cost() <= 1024 + 4 * static_cast<int>(text.size()));
        for (auto const& t : topics) {
            (void)compiled->matches({t, hub()});
        }
    }
    CHECK(taken > 10);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::url_pattern
