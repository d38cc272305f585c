// Another site's page cannot publish or control through its visitor's browser.
#include "guarded_routes.hpp"
#include <support/event_stream.hpp>

using namespace sluice::test;

namespace {

struct origin_row {
    const char* name;
    std::vector<std::string> origins;
    std::string host;
    bool foreign;
};

const std::vector<origin_row> origins{
    {"none: no browser, or the server's own page", {}, "here.example:8080", false},
    {"its own", {"http://here.example:8080"}, "here.example:8080", false},
    {"its own behind TLS", {"https://here.example:8080"}, "here.example:8080", false},
    {"its own in other letters", {"http://Here.Example:8080"}, "HERE.example:8080", false},
    {"its own without a port", {"http://here.example"}, "here.example", false},
    {"its own without a port behind TLS", {"https://here.example"}, "here.example", false},
    {"port 80 left out of the origin", {"http://here.example"}, "here.example:80", false},
    {"port 443 left out of the origin", {"https://here.example"}, "here.example:443", false},
    {"port 80 left out of Host", {"http://here.example:80"}, "here.example", false},
    {"its own as IPv6", {"http://[::1]:8080"}, "[::1]:8080", false},
    {"its own as IPv4", {"http://127.0.0.1:8080"}, "127.0.0.1:8080", false},
    {"listed", {"https://app.example"}, "here.example:8080", false},
    {"another site", {"https://evil.example"}, "here.example:8080", true},
    {"null", {"null"}, "here.example:8080", true},
    {"null as the host", {"null"}, "null", true},
    {"empty", {""}, "here.example:8080", true},
    {"a star", {"*"}, "here.example:8080", true},
    {"another port", {"http://here.example:8081"}, "here.example:8080", true},
    {"no port", {"http://here.example"}, "here.example:8080", true},
    {"the other default port", {"https://here.example"}, "here.example:80", true},
    {"a host below", {"http://x.here.example:8080"}, "here.example:8080", true},
    {"a longer host", {"http://here.example.evil.example:8080"}, "here.example:8080", true},
    {"another name of the same machine", {"http://localhost:8080"}, "127.0.0.1:8080", true},
    {"another IPv6 address", {"http://[::2]:8080"}, "[::1]:8080", true},
    {"a listed host by another scheme", {"http://app.example"}, "here.example:8080", true},
    {"a listed host at another port", {"https://app.example:444"}, "here.example:8080", true},
    {"its own and another", {"http://here.example:8080", "https://evil.example"}, "here.example:8080", true},
    {"its own twice", {"http://here.example:8080", "http://here.example:8080"}, "here.example:8080", true},
};

header_fields from(const std::string& origin) { return {{"Origin", origin}}; }

const std::string evil = "https://evil.example";
const std::string listed = "https://app.example";

} // namespace

TEST_SUITE("contract/csrf")
{
    TEST_CASE("origin · its own and the listed ones may publish, others get 403")
    {
        server_process server({"--cors-origin", listed});
        event_stream stream(server.port());
        stream.expect("connected");
        http_connection connection(server.port());
        for_each_row(origins, [&](const origin_row& row) {
            header_fields headers{{"Host", row.host}, {"Content-Type", "application/x-www-form-urlencoded"}};
            for (const auto& origin : row.origins) {
                headers.add("Origin", origin);
            }
            const auto response =
                connection.request({.method = "POST", .target = "/broadcast", .headers = headers, .body = "data=csrf"});
            if (row.foreign) {
                check_problem(response, 403, "origin");
            } else {
                CHECK(response.status == 200);
                CHECK(stream.next_event().data == "csrf");
            }
        });
        CHECK(stream.barrier().empty());
    }

    TEST_CASE("routes · each publishing and control route refuses a foreign page, whatever the method")
    {
        server_process server;
        http_connection connection(server.port());
        for_each_row(guarded_requests(), [&](const guarded_request& row) {
            const auto response = ask(connection, row, from(evil));
            CHECK(response.status == 403);
            if (row.method != "HEAD") {
                check_problem(response, 403, "origin");
            }
            CHECK(ask(connection, row, from("http://" + connection.host())).status == row.status);
        });
    }

    TEST_CASE("routes · streams and health answer a foreign page, which cannot read them")
    {
        server_process server;
        event_stream stream(server.port(), {.headers = from(evil)});
        stream.expect("connected");
        CHECK_FALSE(stream.response().headers.has("Access-Control-Allow-Origin"));
        for (const auto* target : {"/healthz", "/readyz"}) {
            CHECK(request(server.port(), {.target = target, .headers = from(evil)}).status == 200);
        }
        check_problem(request(server.port(), {.target = "/nothing", .headers = from(evil)}), 404);
    }

    TEST_CASE("star · lets pages read, and none publish")
    {
        server_process server({"--cors-origin", "*"});
        http_connection connection(server.port());
        for_each_row(guarded_requests(), [&](const guarded_request& row) {
            const auto response = ask(connection, row, from(evil));
            CHECK(response.status == 403);
            CHECK(response.headers.get("Access-Control-Allow-Origin") == "*"); // so that it can read the status
        });
        CHECK(stat(server.port(), "events_published") == 0);
    }

    TEST_CASE("star beside a list · the listed may publish")
    {
        server_process server({"--cors-origin", "*", "--cors-origin", listed});
        const auto ask_from = [&](const std::string& origin) {
            return request(server.port(), {.method = "POST", .target = "/broadcast", .headers = from(origin)});
        };
        CHECK(ask_from(listed).status == 200);
        check_problem(ask_from(evil), 403);
        CHECK(ask_from(evil).headers.get("Access-Control-Allow-Origin") == "*");
        CHECK(ask_from(evil).headers.get("Vary") == "Origin");
    }

    TEST_CASE("order · the token first, then the origin, then all else; no token helps a foreign page")
    {
        server_process server({"--publish-token", "secret"});
        http_connection connection(server.port());
        const header_fields with_token{{"Authorization", "Bearer secret"}, {"Origin", evil}};
        for_each_row(guarded_requests(), [&](const guarded_request& row) {
            CHECK(ask(connection, row, from(evil)).status == 401);
            CHECK(ask(connection, row, with_token).status == 403);
        });
        const auto bad_body = connection.request(
            {.method = "POST", .target = "/broadcast?colour=blue", .headers = with_token, .body = "no type"});
        check_problem(bad_body, 403);
    }

    TEST_CASE("bodies · of a foreign page are not taken")
    {
        server_process server;
        http_connection connection(server.port());
        connection.send("POST /broadcast HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n"
                        "Content-Length: 4000000\r\nExpect: 100-continue\r\n\r\n");
        const auto response = connection.read_response();
        check_problem(response, 403);
        CHECK(response.headers.get("Connection") == "close");
    }

    TEST_CASE("HTTP/1.0 · without a Host no origin is the server's own")
    {
        server_process server;
        check_problem(raw_request(server.port(), "GET /stats HTTP/1.0\r\nOrigin: http://x\r\n\r\n"), 403);
        CHECK(raw_request(server.port(), "GET /stats HTTP/1.0\r\n\r\n").status == 200);
        CHECK(raw_request(server.port(), "GET /stats HTTP/1.0\r\nHost: x\r\nOrigin: http://x\r\n\r\n").status == 200);
    }
}
