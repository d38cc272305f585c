// POST and PUT /publish?stream=1: items are published while the body arrives.
#include "checks.hpp"
#include <support/event_stream.hpp>
#include <support/gzip.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr auto text_lines = "text/plain";
constexpr auto event_blocks = "text/event-stream";

/// A publisher whose body arrives in chunks.
class streaming_publisher {
public:
    explicit streaming_publisher(const endpoint& to, std::string_view content_type, std::string_view more_query = "",
                                 std::string_view more_fields = "")
        : connection_(to)
    {
        connection_.send(fmt::format("PUT /publish?stream=1{} HTTP/1.1\r\nHost: x\r\nContent-Type: {}\r\n"
                                     "Transfer-Encoding: chunked\r\n{}\r\n",
                                     more_query, content_type, more_fields));
    }

    void send(std::string_view part) { connection_.send(fmt::format("{:x}\r\n{}\r\n", part.size(), part)); }
    http_response end()
    {
        connection_.send("0\r\n\r\n");
        return connection_.read_response();
    }
    http_connection& connection() { return connection_; }

private:
    http_connection connection_;
};

http_response publish_items(const endpoint& to, std::string_view content_type, std::string body,
                            const std::string& more_query = "")
{
    return post(to, "/publish?stream=1" + more_query, content_type, std::move(body));
}

void check_published(const http_response& response, std::int64_t count)
{
    INFO(printable(response.body));
    CHECK(response.status == 200);
    CHECK(integer(response.json().at("count")) == count);
}

/// A refusal that says how much was published.
void check_stopped(const http_response& response, int status, std::string_view names, std::int64_t count)
{
    check_problem(response, status, names);
    CHECK(integer(response.json().at("count")) == count);
}

struct item_step {
    const char* name;
    const char* content_type;
    const char* parts[3];
};

constexpr item_step item_steps[] = {
    {"NDJSON", ndjson, {R"({"data":"0"})", "\n", "{\"data\":\"1\"}\n"}},
    {"lines", text_lines, {"0", "\n", "1\r\n"}},
    {"blocks", event_blocks, {"data: 0\n", "\n", "data: 1\n\n"}},
};

struct bad_item {
    const char* name;
    const char* content_type;
    std::string body;
    int status;
    const char* detail;
};

const bad_item bad_items[] = {
    {"JSON with an unknown field", ndjson, "{}\n\n{\"x\":1}\n{}", 400, "line 3 has an unknown field 'x'"},
    {"JSON that is none", ndjson, "{}\n{", 400, "line 2"},
    {"a line that is not UTF-8", text_lines, "a\n\xff\nb", 400, "line 2: the event is not valid UTF-8"},
    {"a line that is too long", text_lines, "a\n" + std::string(1001, 'x') + "\nb", 413, "line 2"},
    {"a block whose type is bad", event_blocks, "data: a\n\nevent: b,c\ndata: b\n\ndata: c\n\n", 400, "event 2"},
};

} // namespace

TEST_SUITE("contract/items")
{
    TEST_CASE("stream · each item is published as soon as it is whole")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        for_each_row(item_steps, [&](const item_step& row) {
            streaming_publisher publisher(server.port(), row.content_type);
            publisher.send(row.parts[0]);
            CHECK(stream.barrier().empty());
            publisher.send(row.parts[1]);
            const auto first = stream.next_event();
            CHECK(first.data == "0");
            publisher.send(row.parts[2]);
            const auto last = stream.next_event();
            CHECK(last.data == "1");
            const auto response = publisher.end();
            check_published(response, 2);
            CHECK(text(response.json().at("first")) == first.id);
            CHECK(text(response.json().at("last")) == last.id);
            // The connection stays.
            CHECK(publisher.connection().get("/healthz").status == 200);
        });
    }

    TEST_CASE("stream · the query holds for items that do not say otherwise")
    {
        server_process server;
        event_stream of_a(server.port(), {.query = "topic=a"});
        event_stream of_b(server.port(), {.query = "topic=b"});
        of_a.expect("connected");
        of_b.expect("connected");
        check_published(publish_items(server.port(), ndjson,
                                      "{\"data\":\"1\"}\n{\"data\":\"2\",\"topic\":\"b\",\"type\":\"own\"}\n",
                                      "&topic=a&type=asked"),
                        2);
        check_published(publish_items(server.port(), text_lines, "3\n", "&topic=a"), 1);
        check_published(
            publish_items(server.port(), event_blocks, "data: 4\n\nevent: own\ndata: 5\n\n", "&topic=b&type=asked"), 2);
        const auto next = [](event_stream& from) {
            const auto event = from.next_event();
            return event.type + " " + event.data;
        };
        CHECK(next(of_a) == "asked 1");
        CHECK(next(of_a) == "message 3");
        CHECK(next(of_b) == "own 2");
        CHECK(next(of_b) == "asked 4");
        CHECK(next(of_b) == "own 5");
        CHECK(of_a.barrier().empty());
        // Streams need a grant for what is private.
        check_published(
            publish_items(server.port(), ndjson, "{\"private\":false,\"data\":\"6\"}\n{}", "&topic=a&private=1"), 2);
        CHECK(next(of_a) == "message 6");
        CHECK(of_a.barrier().empty());
    }

    TEST_CASE("stream · an event stream can be piped in: what is another hub's own is left out")
    {
        server_process from;
        server_process to;
        event_stream stream(to.port());
        stream.expect("connected");
        http_connection upstream(from.port());
        upstream.send("GET /events HTTP/1.0\r\nHost: x\r\n\r\n");
        (void)upstream.read_head();
        post(from.port(), "/publish?type=t&data=1%0A2&id=own");
        post(from.port(), "/publish?data=3");
        from.terminate();
        std::string piped;
        while (!upstream.body().complete() && upstream.read_body(piped, {}) == receive_result::data) {
        }
        CHECK(from.wait_exit().code == 0);
        check_published(publish_items(to.port(), event_blocks, piped, "&keep_ids=1"), 2);
        const auto first = stream.next_event();
        CHECK(first.type == "t");
        CHECK(first.data == "1\n2");
        CHECK(first.id == "own");
        const auto last = stream.next_event();
        CHECK(last.data == "3");
        CHECK(is_position(last.id));
    }

    TEST_CASE("stream · a bad item ends it, and those before it are published")
    {
        server_process server({"--max-event-bytes", "1000"});
        event_stream stream(server.port());
        stream.expect("connected");
        for_each_row(bad_items, [&](const bad_item& row) {
            // A body that is whole keeps its connection, another one does not.
            http_connection whole(server.port());
            const auto response = whole.request({.method = "POST",
                                                 .target = "/publish?stream=1",
                                                 .headers = {{"Content-Type", row.content_type}},
                                                 .body = row.body});
            check_stopped(response, row.status, row.detail, 1);
            CHECK(whole.get("/healthz").status == 200);
            streaming_publisher other(server.port(), row.content_type);
            other.send(row.body);
            if (row.body.ends_with('\n') || row.status == 413) {
                check_stopped(other.connection().read_response(), row.status, row.detail, 1);
                CHECK(other.connection().read_eof() == connection_end::closed);
            } else {
                check_stopped(other.end(), row.status, row.detail, 1);
            }
            (void)stream.next_event();
            (void)stream.next_event();
            CHECK(stream.barrier().empty());
        });
    }

    TEST_CASE("stream · a request that is wrong is refused before its body, without 100 Continue")
    {
        server_process server;
        const auto refused = [&](const char* type, const char* query, const char* fields, int status,
                                 std::string_view names) {
            streaming_publisher publisher(server.port(), type, query,
                                          fmt::format("Expect: 100-continue\r\n{}", fields));
            check_stopped(publisher.connection().read_response(), status, names, 0);
        };
        refused("application/json", "", "", 415, "application/json");
        refused(text_lines, "&x=1", "", 400, "'x'");
        refused(text_lines, "&end=1", "", 400, "'end'");
        refused(text_lines, "&keep_ids=1", "", 400, "'keep_ids'");
        refused(text_lines, "", "Idempotency-Key: k\r\n", 400, "'Idempotency-Key'");
        http_connection connection(server.port());
        check_problem(connection.request({.method = "PUT", .target = "/publish", .body = "{}"}), 400, "stream=1");
        CHECK(connection.get("/healthz").status == 200);
    }

    TEST_CASE("stream · 100 Continue is answered, and requests behind the body are served")
    {
        server_process server;
        streaming_publisher publisher(server.port(), text_lines, "", "Expect: 100-continue\r\n");
        CHECK(publisher.connection().read_response().status == 100);
        publisher.connection().send("3\r\na\nb\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        check_published(publisher.connection().read_response(), 2);
        CHECK(publisher.connection().read_response().status == 200);
        check_published(publish_items(server.port(), text_lines, ""), 0);
        check_published(publish_items(server.port(), text_lines, "\n"), 1);
    }

    TEST_CASE("stream · a publisher that breaks off loses nothing that was whole")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        streaming_publisher publisher(server.port(), text_lines);
        publisher.send("a\nb\nhalf");
        CHECK(stream.next_event().data == "a");
        CHECK(stream.next_event().data == "b");
        publisher.connection().close();
        streaming_publisher shorter(server.port(), text_lines);
        shorter.connection().send("100\r\nc\nhalf");
        shorter.connection().shutdown_write();
        CHECK(stream.next_event().data == "c");
        shorter.connection().read_eof();
        CHECK(stream.barrier().empty());
    }

    TEST_CASE("stream · broken framing or packing ends it with a 400 that says how much was published")
    {
        server_process server;
        streaming_publisher publisher(server.port(), text_lines);
        publisher.connection().send("4\r\na\nb\n\r\nx\r\n");
        check_stopped(publisher.connection().read_response(), 400, "chunk", 2);
        const auto packed = gzip("a\nb\nc\n");
        const auto* const fields = "Content-Encoding: gzip\r\n";
        streaming_publisher good(server.port(), text_lines, "", fields);
        good.send(packed.substr(0, 5));
        good.send(packed.substr(5));
        check_published(good.end(), 3);
        streaming_publisher cut(server.port(), text_lines, "", fields);
        cut.send(packed.substr(0, packed.size() - 4));
        check_stopped(cut.end(), 400, "gzip", 3);
        streaming_publisher bad(server.port(), text_lines, "", fields);
        bad.send("not gzip at all");
        check_stopped(bad.connection().read_response(), 400, "gzip", 0);
    }

    TEST_CASE("stream · has no limit in all, and comes in order, however fast it is")
    {
        // Much more than a body may have, and than the ring holds.
        server_process server({"--max-event-bytes", "1000", "--threads", "2", "--buffer-size", "0"});
        event_stream stream(server.port(), {.types = {"last"}});
        stream.expect("connected");
        std::string body;
        constexpr int count = 100'000;
        for (int i = 0; i < count; ++i) {
            body += fmt::format("{}\n", i);
        }
        streaming_publisher publisher(server.port(), text_lines);
        publisher.send(body);
        const auto response = publisher.end();
        check_published(response, count);
        const auto [epoch, first] = position(text(response.json().at("first")));
        CHECK(position(text(response.json().at("last"))) == std::pair{epoch, first + count - 1});
        // An item of much more than is processed on a worker.
        server_process large;
        event_stream reader(large.port());
        reader.expect("connected");
        const std::string data(1'000'000, 'x');
        check_published(
            publish_items(large.port(), ndjson, fmt::format("{{\"data\":\"{}\"}}\n{{\"data\":\"y\"}}", data)), 2);
        CHECK(reader.next_event().data == data);
        CHECK(reader.next_event().data == "y");
    }

    TEST_CASE("stream · 408 where nothing comes for publish_idle_timeout, whatever came before")
    {
        server_process server({"--publish-idle-timeout", "1s"});
        streaming_publisher publisher(server.port(), text_lines);
        const auto start = std::chrono::steady_clock::now();
        publisher.send("a\nb\nhalf");
        check_stopped(publisher.connection().read_response(), 408, "in time", 2);
        CHECK(std::chrono::steady_clock::now() - start >= 900ms);
        publisher.connection().read_eof();
        // Of an ordinary body the time is another.
        http_connection ordinary(server.port());
        ordinary.send(
            "POST /publish HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n");
        std::string none;
        CHECK(ordinary.socket().receive(none, deadline::unscaled(1500ms)) == receive_result::timed_out);
        ordinary.send("{}");
        CHECK(ordinary.read_response().status == 200);
    }

    TEST_CASE("stream · a publisher does not hold up a drain, and is told how much was published")
    {
        server_process server({"--drain-timeout", "60s"});
        event_stream stream(server.port());
        stream.expect("connected");
        streaming_publisher publisher(server.port(), text_lines);
        publisher.send("a\nhalf");
        CHECK(stream.next_event().data == "a");
        server.terminate();
        const auto response = publisher.connection().read_response();
        check_stopped(response, 503, "stopping", 1);
        CHECK(response.headers.has("Retry-After"));
        CHECK(server.wait_exit(30s).code == 0);
    }

    TEST_CASE("stream · items count against body_memory until they are whole")
    {
        server_process server({"--body-memory", "300KiB"});
        streaming_publisher publisher(server.port(), ndjson);
        publisher.send("{}\n");
        for (int i = 0; i < 10; ++i) {
            publisher.connection().socket().try_send(fmt::format("{:x}\r\n{}\r\n", 60'000, std::string(60'000, ' ')));
        }
        check_stopped(publisher.connection().read_response(), 503, "body_memory", 1);
    }
}
