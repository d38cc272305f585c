#include <sluice/http/json_members.hpp>

#include <doctest/doctest.h>
#include <http/value_of.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using test::value_of;

using members = std::vector<std::pair<std::string, std::string>>;

TEST_SUITE_BEGIN("http/json_members");

TEST_CASE("parse_members · every member in order, its value as written")
{
    struct row {
        std::string text;
        members found;
    };
    std::vector<row> const rows{
        {"{}", {}},
        {" \t\r\n{ } ", {}},
        {R"({"a":"b"})", {{"a", R"("b")"}}},
        {R"( { "a" : "b" , "c" : 1.50 } )", {{"a", R"("b")"}, {"c", "1.50"}}},
        {R"({"a":1,"a":2})", {{"a", "1"}, {"a", "2"}}},
        {R"({"a":-1e400,"b":123456789012345678901234567890})",
         {{"a", "-1e400"}, {"b", "123456789012345678901234567890"}}},
        {R"({"a":true,"b":null,"c":false})", {{"a", "true"}, {"b", "null"}, {"c", "false"}}},
        {R"({"a":{"x":[1,{"y":"}]"}]},"b":[]})", {{"a", R"({"x":[1,{"y":"}]"}]})"}, {"b", "[]"}}},
        {R"({"a":"\"}{\\","b":"\\\\"})", {{"a", R"("\"}{\\")"}, {"b", R"("\\\\")"}}},
        {R"({"\u0061\n":""})", {{"a\n", R"("")"}}},
        {R"({"a":[ 1 , 2 ] , "b" : { } })", {{"a", "[ 1 , 2 ]"}, {"b", "{ }"}}},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const found = parse_members(r.text, "the body");
        REQUIRE(found.has_value());
        members seen;
        for (auto const& m : *found) {
            seen.emplace_back(m.name, m.value);
        }
        CHECK(seen == r.found);
    }
}

TEST_CASE("parse_members · refuses what is not a JSON object")
{
    for (std::string const text : {"",
                                   " ",
                                   "{",
                                   "}",
                                   "{\"a\"}",
                                   "{\"a\":}",
                                   "{\"a\":1,}",
                                   "{,}",
                                   "{\"a\":1}x",
                                   "{\"a\":1}{}",
                                   "[]",
                                   "1",
                                   "\"a\"",
                                   "null",
                                   "{a:1}",
                                   "{'a':1}",
                                   "{\"a\":01}",
                                   "{\"a\":\"\n\"}",
                                   "{\"a\":\"\\x\"}",
                                   "{\"a\":tru}",
                                   "{\"a\":\"\\ud800\"}",
                                   "{\"a\":\"\\udc00\"}",
                                   "{\"a\":\"\\ud800\\u0041\"}",
                                   "{\"a\":\"\xff\"}",
                                   "{\"a\":\"\xed\xa0\x80\"}",
                                   "{\"a\":[1}",
                                   "\xef\xbb\xbf{}",
                                   "{\"a\":1}/**/"}) {
        CAPTURE(text);
        auto const found = parse_members(text, "line 7");
        REQUIRE(found.has_error());
        CHECK(found.error().status == 400);
        CHECK(found.error().detail.starts_with("line 7"));
    }
}

TEST_CASE("parse_members · refuses a depth that would exhaust the stack, and takes a reasonable one")
{
    auto const nested = [](std::size_t depth) {
        return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    auto const text = nested(100);
    auto const found = parse_members(text, "the body");
    REQUIRE(found.has_value());
    CHECK(found->front().value.size() == 200);
    auto const deep = parse_members(nested(200'000), "the body");
    REQUIRE(deep.has_error());
    CHECK(deep.error().status == 400);
}

TEST_CASE("unescape · what the string stands for")
{
    CHECK(unescape(R"("")").empty());
    CHECK(unescape(R"("plain")") == "plain");
    CHECK(unescape(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
    CHECK(unescape(R"("\u20ac \ud83d\ude00")") == "\u20ac \U0001F600");
    CHECK(unescape(R"("\u0000")") == std::string(1, '\0'));
    CHECK(unescape(R"("\u007F\u0080\u07ff\u0800\ud7ff\ue000\uFFFF")") == "\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff");
    CHECK(unescape(R"("\ud800\udc00\uDBFF\uDFFF")") == "\U00010000\U0010FFFF");
    CHECK(unescape(R"("a\\u0041b\\")") == "a\\u0041b\\");
}

TEST_CASE("compact · takes out white space between, and leaves strings and numbers as written")
{
    CHECK(compact(" { \"a b\" : [ 1.0 , 2e+05 ,\r\n\ttrue ] } ") == "{\"a b\":[1.0,2e+05,true]}");
    CHECK(compact(R"( [ "\" x" , " \\" , 1 ] )") == R"(["\" x"," \\",1])");
    CHECK(compact("-0.10") == "-0.10");
}

TEST_CASE("parse_strings · an array of strings and nothing else")
{
    CHECK(value_of(parse_strings("[]", "sessions")).empty());
    CHECK(value_of(parse_strings(R"([ "a" , "\u0062" ])", "sessions")) == std::vector<std::string>{"a", "b"});
    for (std::string const text : {R"("a")", "1", "null", "{}", "[1]", R"(["a",null])", R"([["a"]])"}) {
        CAPTURE(text);
        auto const found = parse_strings(text, "sessions");
        REQUIRE(found.has_error());
        CHECK(found.error().detail.find("'sessions'") != std::string::npos);
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
