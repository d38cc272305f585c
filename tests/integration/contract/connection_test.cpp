// HTTP/1.x connections that are used well: keep-alive, pipelining, pieces, chunked bodies, 100 Continue.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <tuple>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct chunked_row {
    const char* name;
    const char* body;
    const char* data;
};

constexpr chunked_row chunked_rows[] = {
    {"one chunk", "6\r\ndata=x\r\n0\r\n\r\n", "x"},
    {"several chunks", "2\r\nda\r\n3\r\nta=\r\n1\r\nx\r\n0\r\n\r\n", "x"},
    {"leading zeros", "00006\r\ndata=x\r\n000\r\n\r\n", "x"},
    {"upper and lower case", "B\r\ndata=abcdef\r\n0\r\n\r\n", "abcdef"},
    {"lower case", "b\r\ndata=abcdef\r\n0\r\n\r\n", "abcdef"},
    {"extensions", "6;a;b=c;d=\"e f\"\r\ndata=x\r\n0;last\r\n\r\n", "x"},
    {"trailers", "6\r\ndata=x\r\n0\r\nX-Checksum: 1\r\nX-More: 2\r\n\r\n", "x"},
    {"data that looks like a chunk", "10\r\ndata=0%0D%0A%0Dx\r\n0\r\n\r\n", "0\n\nx"},
};

std::string chunked_publish(std::string_view body)
{
    return fmt::format("POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded"
                       "\r\nTransfer-Encoding: chunked\r\n\r\n{}",
                       body);
}

struct refused_row {
    const char* name;
    http_request request;
    int status;
};

const std::vector<refused_row> refused_rows{
    {"unknown path", {.target = "/nowhere"}, 404},
    {"unknown path with a body", {.method = "POST", .target = "/nowhere", .body = "x"}, 404},
    {"wrong method", {.target = "/broadcast"}, 405},
    {"wrong method with a body", {.method = "PUT", .target = "/broadcast", .body = "x"}, 405},
    {"media type", {.method = "POST", .target = "/broadcast", .headers = {{"Content-Type", "a/b"}}, .body = "x"}, 415},
    {"bad JSON",
     {.method = "POST", .target = "/broadcast", .headers = {{"Content-Type", "application/json"}}, .body = "{"},
     400},
    {"bad query", {.method = "POST", .target = "/broadcast?data=%"}, 400},
    {"stream refused", {.target = "/events", .headers = {{"Accept", "image/png"}}}, 406},
    {"unknown session", {.method = "DELETE", .target = "/sessions/nobody"}, 404},
    {"a body to a GET", {.target = "/nowhere", .body = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"}, 404},
};

std::string get_bytes(std::string_view target, std::string_view lines = "", std::string_view version = "1.1")
{
    return fmt::format("GET {} HTTP/{}\r\nHost: x\r\n{}\r\n", target, version, lines);
}

} // namespace

TEST_SUITE("contract/connection")
{
    TEST_CASE("keep-alive · many requests on one connection")
    {
        server_process server;
        http_connection connection(server.port());
        std::pair<std::uint64_t, std::uint64_t> last{};
        for (int i = 0; i < 200; ++i) {
            const auto response = connection.post_json("/broadcast", {{"data", "x"}});
            REQUIRE(response.status == 200);
            const auto id = position(text(response.json().at("id")));
            CHECK(last < id);
            last = id;
        }
    }

    TEST_CASE("keep-alive · an error about a request that was read whole leaves the connection open")
    {
        server_process server;
        http_connection connection(server.port());
        for_each_row(refused_rows, [&](const refused_row& row) {
            check_problem(connection.request(row.request), row.status);
            CHECK(connection.get("/healthz").status == 200);
        });
    }

    TEST_CASE("keep-alive · Connection: close is honoured, in whatever case and among others")
    {
        server_process server;
        for (const auto* value : {"close", "Close", "foo, close"}) {
            CAPTURE(value);
            http_connection connection(server.port());
            connection.send(get_bytes("/healthz", fmt::format("Connection: {}\r\n", value)) + get_bytes("/stats"));
            const auto response = connection.read_response();
            CHECK(response.status == 200);
            CHECK(equal_ignoring_case(response.headers.get("Connection"), "close"));
            connection.read_eof();
        }
    }

    TEST_CASE("keep-alive · not in HTTP/1.0")
    {
        server_process server;
        http_connection connection(server.port());
        connection.send(get_bytes("/healthz", "", "1.0"));
        const auto response = connection.read_response();
        CHECK(response.status == 200);
        CHECK_FALSE(response.headers.has("Transfer-Encoding"));
        connection.read_eof();
    }

    TEST_CASE("pipelining · answers come in the order of the requests")
    {
        server_process server;
        http_connection connection(server.port());
        std::string bytes;
        std::vector<int> expected;
        for (int i = 0; i < 100; ++i) {
            bytes += get_bytes("/healthz") + get_bytes("/nowhere") + get_bytes("/send") +
                     "POST /sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" +
                     chunked_publish("6\r\ndata=x\r\n0\r\n\r\n");
            expected.insert(expected.end(), {200, 404, 405, 201, 200});
        }
        connection.send(bytes);
        std::vector<int> statuses;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            statuses.push_back(connection.read_response().status);
        }
        CHECK(statuses == expected);
        CHECK(connection.unread().empty());
        CHECK(stat_of(server.port(), "events_published") == 100);
    }

    TEST_CASE("pipelining · publishes keep their order")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        http_connection connection(server.port());
        std::string bytes;
        for (int i = 0; i < 200; ++i) {
            bytes += fmt::format("POST /broadcast?data={} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", i);
        }
        connection.send(bytes);
        for (int i = 0; i < 200; ++i) {
            const auto id = text(connection.read_response().json().at("id"));
            const auto event = stream.next_event();
            CHECK(event.data == std::to_string(i));
            CHECK(event.id == id);
        }
    }

    TEST_CASE("pipelining · a stream can come last")
    {
        server_process server;
        http_connection connection(server.port());
        connection.send("POST /broadcast?data=x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" +
                        get_bytes("/events"));
        const auto id = text(connection.read_response().json().at("id"));
        const auto head = connection.read_head();
        CHECK(head.status == 200);
        CHECK(head.headers.get("Content-Type") == "text/event-stream");
        std::string body;
        while (body.find("connected") == std::string::npos) {
            REQUIRE(connection.read_body(body, {}) == receive_result::data);
        }
        CHECK(body.starts_with("retry: 3000\nid: " + id + "\nevent: connected\n"));
    }

    TEST_CASE("pipelining · goes on in order behind a stream that is refused, wherever its session lives")
    {
        server_process server({"--threads", "4"});
        event_stream listener(server.port());
        listener.expect("connected");
        for (int i = 0; i < 16; ++i) {
            CAPTURE(i);
            event_stream owner(server.port(), {.user_agent = "owner"});
            const auto data = get_bytes("/nowhere") + std::to_string(i);
            const auto publish = fmt::format("POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n"
                                             "Content-Type: application/x-www-form-urlencoded\r\n\r\ndata={}",
                                             5 + data.size(), data);
            const auto first_part = publish.size() - data.size() / 2;
            http_connection connection(server.port());
            connection.send(get_bytes("/events?session=" + owner.session_id(), "User-Agent: another\r\n") +
                            publish.substr(0, first_part));
            CHECK(connection.read_response(5s).status == 403);
            connection.send(publish.substr(first_part) + get_bytes("/healthz"));
            const auto response = connection.read_response(5s);
            CHECK(response.status == 200);
            CHECK(listener.next_event().id == text(response.json().at("id")));
            CHECK(connection.read_response(5s).body.find("ok") != std::string::npos);
        }
        CHECK(listener.barrier().empty());
    }

    TEST_CASE("pieces · requests that come byte by byte")
    {
        server_process server;
        http_connection connection(server.port());
        connection.send_in_pieces(get_bytes("/healthz"), 1);
        CHECK(connection.read_response().status == 200);
        connection.send_in_pieces(chunked_publish("3;x=y\r\ndat\r\n3\r\na=x\r\n0\r\nX-Trailer: t\r\n\r\n"), 1);
        CHECK(connection.read_response().status == 200);
        connection.send_in_pieces(
            "POST /broadcast?data=y HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" + get_bytes("/healthz"), 1);
        CHECK(connection.read_response().status == 200);
        CHECK(connection.read_response().status == 200);
        CHECK(stat_of(server.port(), "events_published") == 2);
    }

    TEST_CASE("chunked · bodies with extensions and trailers")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        http_connection connection(server.port());
        for_each_row(chunked_rows, [&](const chunked_row& row) {
            connection.send(chunked_publish(row.body));
            const auto response = connection.read_response();
            INFO(response.body);
            CHECK(response.status == 200);
            if (response.status == 200) {
                CHECK(stream.next_event().data == row.data);
            }
        });
        CHECK(connection.get("/healthz").status == 200);
    }

    TEST_CASE("trailers · are no headers: neither a media type, nor a claim, nor a user agent")
    {
        server_process server;
        http_connection connection(server.port());
        connection.send("POST /broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "6\r\ndata=x\r\n0\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n");
        check_problem(connection.read_response(), 415);
        const auto minted = mint_session(server.port());
        http_connection stream(server.port());
        stream.send(fmt::format("GET /events HTTP/1.1\r\nHost: x\r\nUser-Agent: head\r\nTransfer-Encoding: chunked\r\n"
                                "\r\n0\r\nX-SSE-Session-ID: {}\r\nUser-Agent: trailer\r\n\r\n",
                                minted));
        const auto id = stream.read_head().headers.get("X-SSE-Session-ID");
        CHECK(id != minted);
        CHECK(text(session_entry(server.port(), id).at("userAgent")) == "head");
    }

    TEST_CASE("Expect: 100-continue · is answered before the body is sent")
    {
        server_process server;
        http_connection connection(server.port());
        connection.send("POST /broadcast HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 6\r\n"
                        "Content-Type: application/x-www-form-urlencoded\r\n\r\n");
        CHECK(connection.read_head(5s).status == 100);
        connection.send("data=x");
        CHECK(connection.read_response(5s).status == 200);
        CHECK(connection.get("/healthz").status == 200);
    }

    TEST_CASE("Expect: 100-continue · of a body that is too large is refused at once")
    {
        server_process server({"--max-event-bytes", "1KiB"});
        http_connection connection(server.port());
        connection.send("POST /broadcast HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                        "Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n");
        check_problem(connection.read_response(5s), 413);
        connection.read_eof(5s);
    }

    TEST_CASE("target · in absolute form names the same resource")
    {
        server_process server({"--allowed-host", "example.com"});
        http_connection connection(server.port());
        const auto from = [&](std::string_view target) {
            connection.send(get_bytes(target));
            return connection.read_response().status;
        };
        CHECK(from(fmt::format("http://127.0.0.1:{}/healthz", server.port())) == 200);
        CHECK(from("http://example.com/healthz?x=y") == 200);
        CHECK(from("HTTP://example.com/sessions?limit=3") == 200);
        CHECK(from("http://example.com/nowhere") == 404);
    }

    TEST_CASE("answers · name the length of their body, and no chunked body goes to HTTP/1.0")
    {
        server_process server;
        for (const auto* version : {"1.0", "1.1"}) {
            for (const auto* target : {"/healthz", "/stats", "/sessions", "/nowhere"}) {
                CAPTURE(version);
                CAPTURE(target);
                const auto response = request(server.port(), {.target = target, .version = version});
                CHECK(response.headers.get("Content-Length") == std::to_string(response.body.size()));
            }
        }
    }
}
