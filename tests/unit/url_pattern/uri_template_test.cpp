#include "hub.hpp"
#include <url_pattern/pattern.hpp>
#include <url_pattern/set.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sluice::url_pattern {
namespace {

using test::hub;

TEST_SUITE_BEGIN("url_pattern/uri_template");

struct template_row {
    std::string text;
    std::vector<std::string> matches;
    std::vector<std::string> does_not;
};

void check(std::vector<template_row> const& rows)
{
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const compiled = compile_template(r.text);
        REQUIRE(compiled);
        CHECK(compiled->text() == r.text);
        for (auto const& t : r.matches) {
            CAPTURE(t);
            CHECK(compiled->matches({t, hub()}));
        }
        for (auto const& t : r.does_not) {
            CAPTURE(t);
            CHECK_FALSE(compiled->matches({t, hub()}));
        }
    }
}

// The variables of RFC 6570, section 3.2, and what they are expanded to there.
TEST_CASE("compile_template · matches the RFC's own expansions")
{
    check({
        {"{count}", {"one,two,three"}, {}},
        {"{count*}", {"one,two,three"}, {}},
        {"{/count}", {"/one,two,three"}, {}},
        {"{/count*}", {"/one/two/three"}, {}},
        {"{;count}", {";count=one,two,three"}, {}},
        {"{;count*}", {";count=one;count=two;count=three"}, {}},
        {"{?count}", {"?count=one,two,three"}, {}},
        {"{?count*}", {"?count=one&count=two&count=three"}, {}},
        {"{&count*}", {"&count=one&count=two&count=three"}, {}},
        {"{hello}", {"Hello%20World%21"}, {"Hello World!"}},
        {"{half}", {"50%25"}, {"50%", "50%2"}},
        {"O{empty}X", {"OX"}, {"O/X"}},
        {"O{undef}X", {"OX"}, {}},
        {"{x,y}", {"1024,768"}, {"1024;768"}},
        {"{x,hello,y}", {"1024,Hello%20World%21,768"}, {}},
        {"?{x,empty}", {"?1024,"}, {}},
        {"{var:3}", {"val", "va", ""}, {"valu", "v,a"}},
        {"{var:2}", {"%C3%A9%E6%97%A5", "a%F0%9F%A6%80"}, {"%C3%A9%C3%A9%C3%A9"}},
        {"{list}", {"red,green,blue"}, {}},
        {"{keys}", {"semi,%3B,dot,.,comma,%2C"}, {}},
        {"{keys*}", {"semi=%3B,dot=.,comma=%2C"}, {}},
        {"{+var}", {"value"}, {}},
        {"{+hello}", {"Hello%20World!"}, {"Hello World!"}},
        {"{+base}index", {"http://example.com/home/index"}, {"http://example.com/home/"}},
        {"{+path}/here", {"/foo/bar/here"}, {}},
        {"here?ref={+path}", {"here?ref=/foo/bar"}, {}},
        {"{+x,hello,y}", {"1024,Hello%20World!,768"}, {}},
        {"{+path:6}/here", {"/foo/b/here"}, {"/foo/bar/here"}},
        {"{+keys}", {"semi,;,dot,.,comma,,"}, {}},
        {"{+keys*}", {"semi=;,dot=.,comma=,"}, {}},
        {"{#path,x}/here", {"#/foo/bar,1024/here"}, {"/foo/bar,1024/here"}},
        {"{#x,hello,y}", {"#1024,Hello%20World!,768"}, {}},
        {"X{.var}", {"X.value", "X"}, {"Xvalue"}},
        {"X{.x,y}", {"X.1024.768"}, {}},
        {"X{.list*}", {"X.red.green.blue"}, {}},
        {"X{.keys*}", {"X.semi=%3B.dot=..comma=%2C"}, {}},
        {"www{.dom*}", {"www.example.com"}, {"www.example/com"}},
        {"{/var,x}/here", {"/value/1024/here"}, {"/value/1024/512/here"}},
        {"{/list*,path:4}", {"/red/green/blue/%2Ffoo"}, {}},
        {"{/keys*}", {"/semi=%3B/dot=./comma=%2C"}, {}},
        {"{;v,empty,who}", {";v=6;empty;who=fred"}, {";w=6"}},
        {"{;hello:5}", {";hello=Hello"}, {";hello=Hellos"}},
        {"{;keys*}", {";semi=%3B;dot=.;comma=%2C"}, {}},
        {"{?x,y,empty}", {"?x=1024&y=768&empty="}, {"?x=1024&z=768", "?x"}},
        {"{?keys*}", {"?semi=%3B&dot=.&comma=%2C"}, {}},
        {"?fixed=yes{&x}", {"?fixed=yes&x=1024", "?fixed=yes"}, {"?fixed=yes?x=1024"}},
        {"{&var:3}", {"&var=val"}, {"&var=valu"}},
    });
}

TEST_CASE("compile_template · topics as Mercure's documentation has them")
{
    check({
        {"https://example.com/books/{id}",
         {"https://example.com/books/1", "https://example.com/books/"},
         {"https://example.com/books/1/2", "https://example.com/authors/1", "https://EXAMPLE.com/books/1"}},
        {"https://example.com/users/{user}/books/{id}{?page}",
         {"https://example.com/users/dunglas/books/1", "https://example.com/users/d/books/1?page=2"},
         {"https://example.com/users/d/books/1?other=2", "https://example.com/users/d/books/1?page"}},
        {"/.well-known/mercure/subscriptions{/topic}{/subscriber}",
         {"/.well-known/mercure/subscriptions/a/b", "/.well-known/mercure/subscriptions/https%3A%2F%2Fa%2Fb/c",
          "/.well-known/mercure/subscriptions"},
         {"/.well-known/mercure/subscriptions/a/b/c"}},
        {"https://example.com/books/1",
         {"https://example.com/books/1"},
         {"https://example.com/books/12", "https://example.com/books/"}},
        {"a.b", {"a.b"}, {"axb"}},
        {"*", {"*"}, {"a"}},
        {"", {""}, {"a"}},
        {"caf\xC3\xA9/{id}", {"caf\xC3\xA9/1"}, {"caf%C3%A9/1", "caf\xC3\xA9/\xC3\xA9"}},
        {"a{b}{c}", {"a", "a1,2"}, {"b"}},
        {"{?q}", {"?q=a", ""}, {"?q=a&r=b", "?"}},
        {"{?a,b}", {"?b=2&a=1"}, {"?a=1&&b=2"}},
    });
}

TEST_CASE("compile_template · a refusal names the byte")
{
    std::vector<std::pair<std::string, std::string>> const rows{
        {"a{b", "byte 3: a { without its }"},
        {"a}b", "byte 1: a } without its {"},
        {"{}", "byte 1: not a variable's name in {…}"},
        {"{", "byte 1: not a variable's name in {…}"},
        {"{a,}", "byte 3: not a variable's name in {…}"},
        {"{a b}", "byte 2: not a variable's name in {…}"},
        {"{a{b}}", "byte 2: not a variable's name in {…}"},
        {"{.}", "byte 2: not a variable's name in {…}"},
        {"{a.}", "byte 1: not a variable's name in {…}"},
        {"{|a}", "byte 1: an operator that is reserved"},
        {"{a:0}", "byte 3: a length that is not 1 to 9999"},
        {"{a:}", "byte 3: a length that is not 1 to 9999"},
        {"{a:12345}", "byte 7: not a variable's name in {…}"},
        {"{a:9999}", "more than 1000 repetitions, where those within others are multiplied"},
        {"{a:300}", "repeats or alternates more than a pattern of its length may"},
        {"\xFF", "not UTF-8"},
        {std::string(longest_pattern + 1, 'a'), "longer than 4096 bytes"},
    };
    for (auto const& [text, why] : rows) {
        CAPTURE(text.substr(0, 20));
        auto const compiled = compile_template(text);
        REQUIRE_FALSE(compiled);
        CHECK(compiled.error() == why);
    }
}

TEST_CASE("compile_template · hostile templates are refused, or matched in bounded work")
{
    std::string many = "{a";
    std::string nested;
    std::string exploded;
    for (int i = 0; i != 500; ++i) {
        many += ",a" + std::to_string(i);
        nested += "{/a*}";
        exploded += "{+a}";
    }
    for (auto const& text : {many + "}", "{?" + many.substr(1) + "}", nested, exploded}) {
        CAPTURE(text.substr(0, 20));
        auto const compiled = compile_template(text);
        if (compiled) {
            CHECK(compiled->cost() <= 1024 + 4 * static_cast<int>(text.size()));
            (void)compiled->matches({std::string(1024, '/'), hub()});
            (void)compiled->matches({"?" + std::string(1023, 'a'), hub()});
        }
    }
}

TEST_CASE("compile_template · lies in a set beside URL Patterns")
{
    set patterns;
    std::vector<set::index> templates;
    for (int i = 0; i != 100; ++i) {
        templates.push_back(patterns.add(*compile_template("{+any}/" + std::to_string(i) + "{?q}")));
        (void)patterns.add(*compile("/:any/" + std::to_string(i), hub()));
    }
    std::vector<set::index> found;
    patterns.match({"no-url/a/7?q=1", hub()}, found);
    CHECK(found == std::vector{templates[7]});
    found.clear();
    patterns.match({"/a/7", hub()}, found);
    std::ranges::sort(found);
    CHECK(found == std::vector{templates[7], templates[7] + 1});
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::url_pattern
