#include <url_pattern/url.hpp>

#include <url_pattern/host.hpp>
#include <url_pattern/utf8.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::url_pattern {
namespace {

TEST_SUITE_BEGIN("url_pattern/url");

/// The URL as it would be written, with a `|` between its parts; empty where there is none.
std::string parts_of(std::optional<url> const& u)
{
    if (!u) {
        return "";
    }
    return u->scheme + '|' + u->username + '|' + u->password + '|' + u->host.value_or("none") + '|' + u->port + '|' +
           u->path + '|' + u->query + '|' + u->fragment;
}

TEST_CASE("parse_url · the parts of absolute URLs, canonical")
{
    struct row {
        std::string text;
        std::string parts;
    };
    std::vector<row> const rows{
        {"https://a.example", "https|||a.example||/||"},
        {"HTTPS://A.Example:443/B", "https|||a.example||/B||"},
        {"https://a.example:0444/", "https|||a.example|444|/||"},
        {"https://u:p:q@a@b.example/", "https|u|p%3Aq%40a|b.example||/||"},
        {"https://u@v:p@b.example/", "https|u%40v|p|b.example||/||"},
        {"https://a.example/b/../c/./d?e=' f#g `", "https|||a.example||/c/d|e=%27%20f|g%20%60"},
        {"https://a.example?b?c#d#e", "https|||a.example||/|b?c|d#e"},
        {"https:\\\\a.example\\b", "https|||a.example||/b||"},
        {"https:a.example", "https|||a.example||/||"},
        {" \thttps://a.ex\nample/ ", "https|||a.example||/||"},
        {"https://[2001:DB8::0:1]/", "https|||[2001:db8::1]||/||"},
        {"foo://A/b/../c", "foo|||A||/c||"},
        {"foo://a", "foo|||a||||"},
        {"foo:///b", "foo|||||/b||"},
        {"foo:/b", "foo|||none||/b||"},
        {"foo:b/../c?d", "foo|||none||b/../c|d|"},
        {"foo:b ?d", "foo|||none||b%20|d|"},
        {"urn:isbn:1", "urn|||none||isbn:1||"},
        {"file:///a", "file|||||/a||"},
        {"file://localhost/a", "file|||||/a||"},
        {"file:a", "file|||||/a||"},
        {"https://", ""},
        {"https://:80/", ""},
        {"https://a:65536/", ""},
        {"https://a:x/", ""},
        {"https://b\xC3\xBC.example/", ""},
        {"https://%C3%BC.example/", ""},
        {"foo://:1/", ""},
        {"foo://u@/", ""},
        {"1a:b", ""},
        {"a", ""},
        {"/a", ""},
        {"", ""},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        CHECK(parts_of(parse_url(r.text)) == r.parts);
    }
}

TEST_CASE("parse_url · a text that begins with a slash takes the rest from the base")
{
    auto const base = parse_url("https://u:p@a.example:8443/b/c?d#e");
    REQUIRE(base);
    CHECK(parts_of(parse_url("/x", &*base)) == "https|u|p|a.example|8443|/x||");
    CHECK(parts_of(parse_url("/x/../y?q#h", &*base)) == "https|u|p|a.example|8443|/y|q|h");
    CHECK(parts_of(parse_url("//b.example/x", &*base)) == "https|||b.example||/x||");
    CHECK(parts_of(parse_url("/\\b.example/x", &*base)) == "https|||b.example||/x||");
    CHECK(parts_of(parse_url("x", &*base)).empty());
    CHECK(parts_of(parse_url("?x", &*base)).empty());
    auto const opaque = parse_url("urn:a");
    REQUIRE(opaque);
    CHECK(parts_of(parse_url("/x", &*opaque)).empty());
}

TEST_CASE("parse_host · addresses in their one form, and what is none")
{
    struct row {
        std::string text;
        std::string host;
    };
    std::vector<row> const rows{
        {"127.0.0.1", "127.0.0.1"},
        {"127.1", "127.0.0.1"},
        {"0x7f.0.0x1", "127.0.0.1"},
        {"017700000001", "127.0.0.1"},
        {"127.0.0.1.", "127.0.0.1"},
        {"4294967295", "255.255.255.255"},
        {"4294967296", ""},
        {"99999999999999999999999999", ""},
        {"1.2.3.4.5", ""},
        {"256.1", ""},
        {"1.256.1", ""},
        {"09.1", ""},
        {"1..2", ""},
        {"0x.1", "0.0.0.1"},
        {"a.1x", "a.1x"},
        {"a.0x1", ""},
        {"[::]", "[::]"},
        {"[1::]", "[1::]"},
        {"[0:0:1:0:0:0:0:1]", "[0:0:1::1]"},
        {"[1:0:0:2:0:0:3:4]", "[1::2:0:0:3:4]"},
        {"[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"},
        {"[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"},
        {"[1:2:3:4:5:6:7:8::]", ""},
        {"[1:2:3:4:5:6:7:8:9]", ""},
        {"[1:2:3]", ""},
        {"[::ffff:1.2.3.4]", "[::ffff:102:304]"},
        {"[::1.2.3]", ""},
        {"[::1.2.3.256]", ""},
        {"[::1.2.3.04]", ""},
        {"[1.2.3.4::]", ""},
        {"[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5:6:102:304]"},
        {"[1:2:3:4:5:6:7:1.2.3.4]", ""},
        {"[:::1]", ""},
        {"[1::2::3]", ""},
        {"[12345::]", ""},
        {"[g::]", ""},
        {"[", ""},
        {"[]", ""},
        {"[::1", ""},
        {"a%41", "aa"},
        {"a%zz", ""},
        {"a b", ""},
        {"xn--bcher-kva", "xn--bcher-kva"},
        {"", ""},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        CHECK(parse_host(r.text, true).value_or("") == r.host);
    }
    CHECK(parse_host("A%41\xC3\xBC", false) == "A%41%C3%BC");
    CHECK_FALSE(parse_host("a^b", false));
}

TEST_CASE("is_utf8 · each form, and each that is none")
{
    for (std::string_view const text :
         {"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        CAPTURE(text);
        CHECK(is_utf8(text));
    }
    for (std::string_view const text :
         {"\x80", "\xC1\x80", "\xC2", "\xC2\x41", "\xE0\x9F\x80", "\xED\xA0\x80", "\xE2\x82", "\xF0\x8F\x80\x80",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF0\x90\x80"}) {
        CAPTURE(text);
        CHECK_FALSE(is_utf8(text));
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::url_pattern
