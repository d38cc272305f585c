#include <url_pattern/regexp.hpp>

#include <url_pattern/expression.hpp>
#include <url_pattern/refused.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::url_pattern {
namespace {

TEST_SUITE_BEGIN("url_pattern/regexp");

std::string refusal(std::string_view text)
{
    try {
        (void)translate_regexp(text);
        return "";
    } catch (refused const& e) {
        return std::to_string(e.at()) + ": " + e.what();
    }
}

// What it matches, tests/url_pattern/cases.json has, beside a browser's word.
TEST_CASE("translate_regexp · a refusal names the place and the reason")
{
    struct row {
        std::string text;
        std::string why;
    };
    std::vector<row> const rows{
        {"a(?=b)", "1: look-ahead and look-behind cannot be matched in linear time"},
        {"a(?<!b)", "1: look-ahead and look-behind cannot be matched in linear time"},
        {"(?<n>a)\\k<n>", "8: a back-reference cannot be matched in linear time"},
        {"ab\\2", "3: a back-reference cannot be matched in linear time"},
        {"(?i:a)", "0: modifiers such as (?i:…) are not supported"},
        {"a**", "2: nothing that * could stand for here (as itself it is written \\*)"},
        {"a]", "1: nothing that ] could stand for here (as itself it is written \\])"},
        {"a{2", "3: a repetition that is not {n}, {n,} or {n,m}"},
        {"a{1001}", "7: a repetition of more than 1000 times"},
        {"a{99999999999999999999}", "23: a repetition of more than 1000 times"},
        {"a{2,1}", "6: a repetition whose numbers are out of order"},
        {"(?:a", "4: a group without its end"},
        {"a)", "1: an unmatched )"},
        {"[a", "2: a character class without its end"},
        {"[a-", "3: a character class without its end"},
        {"[a\\", "3: a backslash with nothing behind it"},
        {"\\", "1: a backslash with nothing behind it"},
        {"[b-a]", "4: a range that is none"},
        {"[a--b-c]", "5: a character class without its end"},
        {"[(]", "1: ( in a character class is written \\("},
        {"[!!]", "1: two ! in a row in a character class"},
        {"[\\q{a}]", "1: strings in a character class, \\q{…}, are not supported"},
        {"\\p{Nope}", "1: the property Nope is not supported (general categories are, by their short names)"},
        {"\\p", "1: a property without its {name}"},
        {"\\e", "1: an unknown escape \\e"},
        {"\\u{110000}", "3: an escape \\u{…} that is no character"},
        {"\\x4", "3: an escape with too few hexadecimal digits"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const why = refusal(r.text);
        if (r.text == "\\u{110000}") {
            CHECK(why.ends_with("that is no character"));
        } else {
            CHECK(why == r.why);
        }
    }
}

TEST_CASE("translate_regexp · groups and classes may be nested a hundred deep")
{
    auto const nested = [](std::string_view open, std::string_view close, int depth) {
        std::string text;
        for (int i = 0; i != depth; ++i) {
            text += open;
        }
        text += 'a';
        for (int i = 0; i != depth; ++i) {
            text += close;
        }
        return text;
    };
    CHECK(refusal(nested("(?:", ")", 100)).empty());
    CHECK(refusal(nested("[", "]", 100)).empty());
    CHECK(refusal(nested("(?:", ")", 101)).ends_with("groups more than 100 deep"));
    CHECK(refusal(nested("[", "]", 101)).ends_with("groups more than 100 deep"));
}

TEST_CASE("translate_regexp · neither a class nor an end reaches beyond the line")
{
    // Components are joined by line ends: what matches one would match into the next component.
    for (std::string_view const text :
         {".*", "[^a]*", "\\D*", "\\W*", "\\S*|\\s*", "\\P{Lu}*", "[^]*", "[\\n\\x0a\\u000a]*", "\\n*", "(?:.|\\s)*"}) {
        CAPTURE(text);
        auto const expression = compile_expression("(?:" + translate_regexp(text) + ")", text.size());
        REQUIRE(expression->ok());
        CHECK(matches_whole(*expression, ""));
        CHECK_FALSE(matches_whole(*expression, "\n"));
        CHECK_FALSE(matches_whole(*expression, "b\nb"));
    }
    auto const ends = compile_expression(translate_regexp("^a$") + "\\n" + translate_regexp("^b$"), 10);
    REQUIRE(ends->ok());
    CHECK(matches_whole(*ends, "a\nb"));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::url_pattern
