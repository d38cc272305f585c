#include <sluice/http/subscribe.hpp>

#include <boost/beast/http/empty_body.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

namespace http = boost::beast::http;
using header_lines = std::vector<std::pair<std::string, std::string>>;

http::request_header<> make_request(std::string const& target, header_lines const& lines = {}, unsigned version = 11)
{
    http::request_header<> h;
    h.method(http::verb::get);
    h.target(target);
    h.version(version);
    for (auto const& [name, value] : lines) {
        h.insert(name, value);
    }
    return h;
}

expected<subscribe_request> parse(std::string const& target, header_lines const& lines = {})
{
    return parse_subscribe(make_request(target, lines), {});
}

TEST_SUITE_BEGIN("http/subscribe");

TEST_CASE("claim · the explicit beats the ambient, and the first that is present counts")
{
    struct row {
        std::string name;
        std::string target;
        header_lines lines;
        std::string claim;
    };
    std::string const q(32, '1');
    std::string const h(32, '2');
    std::string const c(32, '3');
    auto const cookie = "sse-session-id=" + c;
    header_lines const both{{"X-SSE-Session-ID", h}, {"Cookie", cookie}};
    auto const in_query = "/events?session=" + q;
    std::vector<row> const rows{
        {"none", "/events", {}, ""},
        {"query", in_query, {}, q},
        {"header", "/events", {{"x-sse-session-id", h}}, h},
        {"cookie", "/events", {{"Cookie", cookie}}, c},
        {"query before header and cookie", in_query, both, q},
        {"header before cookie", "/events", both, h},
        {"an empty query counts as none", "/events?session=", both, h},
        {"a query that is no id counts as none", "/events?session=1234", both, h},
        {"capitals make no id", "/events?session=" + std::string(32, 'A'), both, h},
        {"an empty header counts as none", "/events", {{"X-SSE-Session-ID", ""}, {"Cookie", cookie}}, c},
        {"a header that is no id counts as none", "/events", {{"X-SSE-Session-ID", h + "0"}, {"Cookie", cookie}}, c},
        {"a cookie that is no id counts as none", "/events", {{"Cookie", "sse-session-id=c"}}, ""},
        {"among other cookies", "/events", {{"Cookie", "a=1; " + cookie + "; b=2"}}, c},
        {"in a second cookie line", "/events", {{"Cookie", "a=1"}, {"Cookie", cookie}}, c},
        {"the first of two cookies", "/events", {{"Cookie", cookie + "; sse-session-id=" + h}}, c},
        {"a cookie whose name only ends so", "/events", {{"Cookie", "x" + cookie}}, ""},
        {"a cookie whose name only begins so", "/events", {{"Cookie", "sse-session-idx=" + c}}, ""},
        {"a cookie of another case", "/events", {{"Cookie", "SSE-Session-ID=" + c}}, ""},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        auto const s = parse(r.target, r.lines);
        REQUIRE(s.has_value());
        CHECK(s->connect.claim == r.claim);
        CHECK((s->connect.kind == claim_kind::ambient) == (!r.claim.empty() && r.claim == c));
    }
}

TEST_CASE("last id · the header, else the query in each of its spellings")
{
    struct row {
        std::string name;
        std::string target;
        header_lines lines;
        std::string id;
    };
    std::vector<row> const rows{
        {"none", "/events", {}, ""},
        {"header", "/events", {{"Last-Event-ID", "1-2"}}, "1-2"},
        {"lastEventID", "/events?lastEventID=1-2", {}, "1-2"},
        {"lastEventId", "/events?lastEventId=1-2", {}, "1-2"},
        {"last-event-id", "/events?last-event-id=1-2", {}, "1-2"},
        {"last_event_id", "/events?last_event_id=1-2", {}, "1-2"},
        {"evs_last_event_id", "/events?evs_last_event_id=1-2", {}, "1-2"},
        {"the name encoded", "/events?last%5Fevent_id=1-2", {}, "1-2"},
        {"a broken encoding", "/events?lastEventID=a%zz&types=a", {}, "a%zz"},
        {"no UTF-8", "/events?lastEventID=%ff", {}, "%ff"},
        {"a control character", "/events?lastEventID=%01", {}, "\x01"},
        {"given twice", "/events?lastEventID=&lastEventID=1&lastEventId=2", {}, "1"},
        {"a doubled header", "/events", {{"Last-Event-ID", ""}, {"Last-Event-ID", "1"}, {"Last-Event-ID", "2"}}, "1"},
        {"over-long", "/events?lastEventID=" + std::string(5000, 'x'), {}, std::string(5000, 'x')},
        {"header before query", "/events?lastEventID=1-2", {{"Last-Event-ID", "3-4"}}, "3-4"},
        {"an empty header counts as none", "/events?lastEventId=1-2", {{"Last-Event-ID", ""}}, "1-2"},
        {"a publisher's own", "/events?lastEventID=order%204711", {}, "order 4711"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        auto const s = parse(r.target, r.lines);
        REQUIRE(s.has_value());
        CHECK(s->connect.last_event_id == r.id);
    }
}

TEST_CASE("types · a list, repeatable, empty entries passed over")
{
    using types = std::vector<std::string>;
    CHECK(parse("/events")->connect.meta.subscriptions.empty());
    CHECK(parse("/events?types=a,b&types=c")->connect.meta.subscriptions == types{"a", "b", "c"});
    CHECK(parse("/events?types=,a,,b,")->connect.meta.subscriptions == types{"a", "b"});
    CHECK(parse("/events?types=a%2Cb")->connect.meta.subscriptions == types{"a", "b"});
    CHECK(parse("/events?types=heartbeat")->connect.meta.subscriptions == types{"heartbeat"});
    CHECK(parse("/events?types=")->connect.meta.subscriptions.empty());
    CHECK(parse("/events?types=a%0Ab").error().status == 400);
    CHECK(parse("/events?types=" + std::string(257, 'a')).error().status == 400);
    std::string most = "/events?types=t";
    for (int i = 1; i != 1000; ++i) {
        most += ",t";
    }
    CHECK(parse(most)->connect.meta.subscriptions.size() == 1000);
    CHECK(parse(most + ",t").error().status == 400);
    CHECK(parse(most + "&types=t").error().status == 400);
}

TEST_CASE("given twice · where one value is meant is refused")
{
    CHECK(parse("/events?session=a&session=b").error().status == 400);
    CHECK(parse("/events?client_version=a&client_version=b").error().status == 400);
    CHECK(parse("/events", {{"X-SSE-Session-ID", "a"}, {"X-SSE-Session-ID", "b"}}).error().status == 400);
    CHECK(parse("/events?a=%zz").error().status == 400);
}

TEST_CASE("Accept · all its lines count as one list")
{
    CHECK(parse("/events", {{"Accept", "text/html"}}).error().status == 406);
    CHECK(parse("/events", {{"Accept", "text/html"}, {"Accept", "text/event-stream"}}).has_value());
    CHECK(parse("/events", {{"Accept", "*/*"}, {"Accept", "text/event-stream;q=0"}}).error().status == 406);
}

TEST_CASE("metadata · agent, address, subject, version, kept headers, and parameters that mean nothing to us")
{
    std::vector<std::string> const kept{"X-Trace", "X-None"};
    auto const request = make_request("/events?client_version=1.2&a=1&session=s&access_token=secret&a=2&lastEventId=9",
                                      {{"User-Agent", "agent"}, {"x-trace", "t"}, {"X-Other", "o"}});
    auto const s =
        parse_subscribe(request, {.remote_address = "192.0.2.1", .grant = {.subject = "me"}, .kept_headers = kept});
    REQUIRE(s.has_value());
    auto const& meta = s->connect.meta;
    CHECK(meta.user_agent == "agent");
    CHECK(meta.remote_address == "192.0.2.1");
    CHECK(meta.grant == grant{.subject = "me"});
    CHECK(parse("/events")->connect.meta.grant == grant::of_everything());
    CHECK(meta.client_version == "1.2");
    CHECK(meta.headers == header_lines{{"X-Trace", "t"}});
    CHECK(meta.query_parameters == header_lines{{"a", "1"}, {"a", "2"}});
}

TEST_CASE("version and forwarding · decide on framing and cookie")
{
    CHECK(parse("/events")->http_1_1);
    CHECK_FALSE(parse_subscribe(make_request("/events", {}, 10), {})->http_1_1);
    CHECK_FALSE(parse("/events")->secure);
    CHECK(parse("/events", {{"X-Forwarded-Proto", "HTTPS"}})->secure);
    CHECK_FALSE(parse("/events", {{"X-Forwarded-Proto", "http"}})->secure);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
