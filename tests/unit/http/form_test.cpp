#include <sluice/http/form.hpp>

#include <doctest/doctest.h>
#include <http/value_of.hpp>

#include <array>
#include <string>
#include <vector>

namespace sluice {
namespace {

using test::value_of;

TEST_SUITE_BEGIN("http/form");

TEST_CASE("parse_form · names and values, decoded, in their order")
{
    struct row {
        std::string text;
        form_fields found;
    };
    std::vector<row> const rows{
        {"", {}},
        {"a=1", {{"a", "1"}}},
        {"a=1&b=2&a=3", {{"a", "1"}, {"b", "2"}, {"a", "3"}}},
        {"a", {{"a", ""}}},
        {"a=", {{"a", ""}}},
        {"=a", {{"", "a"}}},
        {"a=b=c", {{"a", "b=c"}}},
        {"&&a=1&", {{"a", "1"}}},
        {"a+b=c+d", {{"a b", "c d"}}},
        {"a%2Bb=%26%3D%25", {{"a+b", "&=%"}}},
        {"d=%F0%9F%98%80%0A", {{"d", "\U0001F600\n"}}},
        {"d=%00", {{"d", std::string(1, '\0')}}},
        {"d=%e2%82%ac", {{"d", "\u20ac"}}},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const found = parse_form(r.text, "query");
        REQUIRE(found.has_value());
        CHECK(*found == r.found);
    }
}

TEST_CASE("parse_form · refuses broken percent-encoding and what is not UTF-8, and names the place")
{
    struct row {
        std::string text;
        std::string named;
    };
    std::vector<row> const rows{
        {"a=%", "'a'"},   {"a=%2", "'a'"},        {"a=%zz", "'a'"},    {"a=1&b=%ff", "'b'"},
        {"a=%c3", "'a'"}, {"a=%ed%a0%80", "'a'"}, {"%zz=1", "a name"}, {"a=\xff", "'a'"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const found = parse_form(r.text, "form body");
        REQUIRE(found.has_error());
        CHECK(found.error().status == 400);
        CHECK(found.error().detail.find(r.named) != std::string::npos);
        CHECK(found.error().detail.find("form body") != std::string::npos);
    }
}

TEST_CASE("single_value · none, one, or a problem")
{
    form_fields const from{{"a", "1"}, {"b", "2"}, {"b", "2"}};
    CHECK(value_of(single_value(from, "a", "query")) == "1");
    CHECK_FALSE(value_of(single_value(from, "c", "query")).has_value());
    auto const twice = single_value(from, "b", "query");
    REQUIRE(twice.has_error());
    CHECK(twice.error().status == 400);
    CHECK(twice.error().detail.find("'b'") != std::string::npos);
}

TEST_CASE("parse_target · origin and absolute form, path decoded and query not")
{
    struct row {
        std::string_view text;
        std::string_view path;
        std::string_view query;
    };
    std::array const rows{
        row{"/", "/", ""},
        row{"/events", "/events", ""},
        row{"/events?", "/events", ""},
        row{"/events?a=%31+b?c", "/events", "a=%31+b?c"},
        row{"/a%20b+c", "/a b+c", ""},
        row{"http://host:80/events?x=1", "/events", "x=1"},
        row{"http://host", "/", ""},
        row{"http://host?x=1", "/", "x=1"},
        row{"/redirect?to=http://other/", "/redirect", "to=http://other/"},
        row{"*", "*", ""},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const t = parse_target(r.text);
        REQUIRE(t.has_value());
        CHECK(t->path == r.path);
        CHECK(t->query == r.query);
    }
    CHECK(parse_target("/%zz").error().status == 400);
    CHECK(parse_target("/%ff").error().status == 400);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
