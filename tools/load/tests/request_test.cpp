// What is sent: templates, header fields, and the requests of each group.

#include "../load/event_group.hpp"
#include "../load/request_head.hpp"
#include "../load/text_template.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sluice::load;

namespace {

endpoint at(const char* authority)
{
    endpoint result;
    result.authority = authority;
    return result;
}

std::string body_of(const event_group& group, std::string_view data)
{
    std::string body;
    group.body.write(body, data);
    return body;
}

} // namespace

TEST_SUITE_BEGIN("load/request");

TEST_CASE("placeholders are filled in wherever they stand")
{
    CHECK(fill_in("", "{x}", "1") == "");
    CHECK(fill_in("{x}a{x}{x}", "{x}", "12") == "12a1212");
    CHECK(fill_in("{y}{x", "{x}", "1") == "{y}{x");
    CHECK(fill_in("{x}", "{x}", "{x}") == "{x}");
    for (const char* text : {"a{data}b", "{data}", "a", "{data}{data}", "x{data}y{data}", ""}) {
        CAPTURE(text);
        std::string body = "0";
        body_template(text).write(body, "d d");
        CHECK(body == "0" + fill_in(text, "{data}", "d d"));
    }
}

TEST_CASE("given fields come last, and in the place of the usual ones of their name")
{
    CHECK(make_head("GET", "/a", {"Host: h", "Accept: x"}, {}) == "GET /a HTTP/1.1\r\nHost: h\r\nAccept: x\r\n");
    CHECK(make_head("PUT", "/a", {"Host: h", "Accept: x"}, {"accept:y", "B: c"}) ==
          "PUT /a HTTP/1.1\r\nHost: h\r\naccept:y\r\nB: c\r\n");
}

TEST_CASE("what cannot be a header field is found")
{
    for (const char* good : {"A: b", "A:b", "A:", "A: b: c"}) {
        CAPTURE(good);
        CHECK(check_header(good).empty());
    }
    for (const char* bad : {"", "A", ": b", "A B: c", "A: b\r\nC: d"}) {
        CAPTURE(bad);
        CHECK_FALSE(check_header(bad).empty());
    }
}

TEST_CASE("without options there is one group, and what it sends fits sluice")
{
    options chosen;
    const auto groups = make_groups(chosen, at("a:1"), at("b:2"));
    REQUIRE(groups.size() == 1);
    const auto& only = groups.front();
    CHECK(only.stream_head ==
          "GET /events HTTP/1.1\r\nHost: a:1\r\nAccept: text/event-stream\r\nUser-Agent: sluice-load\r\n");
    CHECK(only.publish_head ==
          "POST /broadcast HTTP/1.1\r\nHost: b:2\r\nUser-Agent: sluice-load\r\nContent-Type: application/json\r\n");
    CHECK(body_of(only, "x y") == R"({"type":"load","data":"x y"})");
    CHECK(only.event_type == "load");
    chosen.what = profile::batch;
    CHECK(make_groups(chosen, at("a:1"), at("b:2"))[0].publish_head.ends_with("Type: application/x-ndjson\r\n"));
}

TEST_CASE("each group has its number, and payloads that no other takes for its own")
{
    options chosen;
    chosen.groups = 12;
    chosen.path = "/sub?c={group}&t=load-{group}";
    chosen.publish_path = "/pub?c={group}";
    chosen.publish_method = "PUT";
    chosen.publish_type = "text/plain";
    chosen.event_type = "load-{group}";
    chosen.publish_body = "{type}={data}";
    chosen.headers = {"A: 1"};
    chosen.stream_headers = {"B: 2"};
    chosen.publish_headers = {"C: 3"};
    const auto groups = make_groups(chosen, at("a:1"), at("a:1"));
    REQUIRE(groups.size() == 12);
    const auto& last = groups[11];
    CHECK(last.stream_head.starts_with("GET /sub?c=11&t=load-11 HTTP/1.1\r\n"));
    CHECK(last.stream_head.ends_with("\r\nA: 1\r\nB: 2\r\n"));
    CHECK(last.publish_head.starts_with("PUT /pub?c=11 HTTP/1.1\r\n"));
    CHECK(last.publish_head.ends_with("\r\nContent-Type: text/plain\r\nA: 1\r\nC: 3\r\n"));
    CHECK(last.event_type == "load-11");
    CHECK(body_of(last, "x") == "load-11=x");
    const auto payload = last.payload.write({1, 2});
    CHECK(last.payload.read(payload));
    CHECK_FALSE(groups[1].payload.read(payload));
}

TEST_CASE("events without a type are read as those of the default one")
{
    options chosen;
    chosen.event_type = "";
    CHECK(make_groups(chosen, at("a:1"), at("a:1"))[0].event_type == "message");
    CHECK(body_of(make_groups(chosen, at("a:1"), at("a:1"))[0], "x") == R"({"type":"","data":"x"})");
    chosen.event_type = "message";
    CHECK(make_groups(chosen, at("a:1"), at("a:1"))[0].event_type == "message");
}

TEST_SUITE_END();
