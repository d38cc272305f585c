// Another site's page cannot publish or control through its visitor's browser.
#include "guarded_routes.hpp"
#include <support/event_stream.hpp>

using namespace sluice::test;

namespace {

struct publisher_row {
    const char* name;
    std::vector<std::string> origins;
    std::string host;
    bool foreign;
};

const std::vector<publisher_row> publishers{
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

} // namespace

TEST_SUITE("contract/csrf")
{
    TEST_CASE("origin · its own and the listed ones may publish, others get 403")
    {
        server_process server({"--cors-origin", listed, "--allowed-host", "*"});
        event_stream stream(server.port());
        stream.expect("connected");
        http_connection connection(server.port());
        for_each_row(publishers, [&](const publisher_row& row) {
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
        CHECK(stat_of(server.port(), "events_published") == 0);
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

    TEST_CASE("Sec-Fetch-Site · cross-site without an Origin is a foreign page")
    {
        server_process server({"--cors-origin", listed});
        http_connection connection(server.port());
        const header_fields cross{{"Sec-Fetch-Site", "cross-site"}};
        for_each_row(guarded_requests(), [&](const guarded_request& row) {
            CHECK(ask(connection, row, cross).status == 403);
            for (const auto* const site : {"same-origin", "same-site", "none"}) {
                CHECK(ask(connection, row, {{"Sec-Fetch-Site", site}}).status == row.status);
            }
        });
        check_problem(request(server.port(), {.method = "POST", .target = "/broadcast?data=x", .headers = cross}), 403,
                      "Sec-Fetch-Site");
        const header_fields of_listed{{"Sec-Fetch-Site", "cross-site"}, {"Origin", listed}};
        CHECK(request(server.port(), {.method = "POST", .target = "/broadcast", .headers = of_listed}).status == 200);
        CHECK(request(server.port(), {.target = "/healthz", .headers = cross}).status == 200);
    }
}

TEST_SUITE("contract/rebinding")
{
    TEST_CASE("Host · without a publish token only this machine's names and those allowed are served")
    {
        server_process server({"--allowed-host", "hub.example", "--allowed-host", "b.example"});
        const auto status = [&](const std::string& host, const std::string& target = "/stats",
                                const std::string& method = "GET") {
            return request(server.port(), {.method = method, .target = target, .headers = {{"Host", host}}}).status;
        };
        for (const auto* const host :
             {"127.0.0.1", "127.0.0.1:1", "[::1]:8080", "192.0.2.1", "localhost", "LOCALHOST:1", "app.localhost:3000",
              "hub.example", "Hub.Example:443", "b.example"}) {
            CAPTURE(host);
            CHECK(status(host) == 200);
        }
        for (const auto* const host : {"foreign.example", "localhost.foreign.example", "x.hub.example", "hub", ""}) {
            CAPTURE(host);
            CHECK(status(host) == 403);
        }
        const std::string foreign = "foreign.example:8080";
        for (const auto* const target : {"/", "/events", "/stats", "/stats/stream", "/sessions", "/metrics"}) {
            CAPTURE(target);
            CHECK(status(foreign, target) == 403);
            CHECK(status(foreign, target, "OPTIONS") == 403);
        }
        for (const auto& row : guarded_requests()) {
            CHECK(status(foreign, row.target, row.method == "HEAD" ? "GET" : row.method) == 403);
        }
        CHECK(status(foreign, "/healthz") == 200);
        CHECK(status(foreign, "/readyz") == 200);
        CHECK(status(foreign, "/nothing") == 404);
        check_problem(request(server.port(), {.target = "/stats", .headers = {{"Host", foreign}}}), 403, foreign);
        CHECK(stat_of(server.port(), "events_published") == 0);
        CHECK(stat_of(server.port(), "total_sessions") == 0);
        CHECK(raw_request(server.port(), "GET /stats HTTP/1.0\r\n\r\n").status == 200);
    }

    TEST_CASE("target · the authority of one in absolute form replaces Host, for every rule")
    {
        server_process server({"--allowed-host", "hub.example"});
        const auto send = [&](std::string_view target, std::string_view host, std::string_view more = "",
                              std::string_view method = "GET") {
            return raw_request(server.port(), fmt::format("{} {} HTTP/1.1\r\n{}{}Content-Length: 0\r\n\r\n", method,
                                                          target, host, more));
        };
        const auto* const local = "Host: localhost\r\n";
        const auto* const foreign = "Host: foreign.example\r\n";
        check_problem(send("http://foreign.example/stats", local), 403, "foreign.example");
        check_problem(send("HTTPS://foreign.example:8080?", local), 403, "foreign.example:8080");
        check_problem(send("http://foreign.example/events", local), 403, "foreign.example");
        CHECK(send("http://localhost/stats", foreign).status == 200);
        CHECK(send("http://hub.example:1/stats", foreign).status == 200);
        CHECK(send("http://foreign.example/healthz", local).status == 200);
        // It is no substitute for the field, of which HTTP/1.1 needs one.
        check_problem(send("http://localhost/stats", ""), 400, "Host");
        check_problem(send("http://localhost/stats", local, local), 400, "Host");
        CHECK(raw_request(server.port(), "GET http://localhost/stats HTTP/1.0\r\n\r\n").status == 200);
        CHECK(raw_request(server.port(), "GET http://foreign.example/stats HTTP/1.0\r\n\r\n").status == 403);

        const auto publish = [&](std::string_view authority, std::string_view host, std::string_view origin) {
            return send(fmt::format("http://{}/publish?data=x", authority), fmt::format("Host: {}\r\n", host),
                        fmt::format("Origin: http://{}\r\n", origin), "POST");
        };
        check_problem(publish("localhost:1", "localhost:2", "localhost:2"), 403, "origin");
        CHECK(stat_of(server.port(), "events_published") == 0);
        CHECK(publish("localhost:1", "localhost:2", "localhost:1").status == 200);
    }

    TEST_CASE("Host · a publish token, or a star, lets every name in")
    {
        const header_fields foreign{{"Host", "foreign.example"}};
        const header_fields with_token{{"Host", "foreign.example"}, {"Authorization", "Bearer secret"}};
        server_process guarded({"--publish-token", "secret"});
        CHECK(request(guarded.port(), {.target = "/metrics", .headers = foreign}).status == 200);
        CHECK(request(guarded.port(), {.target = "/stats", .headers = with_token}).status == 200);
        CHECK(request(guarded.port(), {.target = "/stats", .headers = foreign}).status == 401);
        server_process any({"--allowed-host", "*"});
        CHECK(request(any.port(), {.target = "/stats", .headers = foreign}).status == 200);
        // A subscribe token guards no publishing, and is judged first.
        server_process subscribing({"--subscribe-token", "secret"});
        CHECK(request(subscribing.port(), {.target = "/stats", .headers = foreign}).status == 403);
        CHECK(request(subscribing.port(), {.target = "/events", .headers = foreign}).status == 401);
        CHECK(request(subscribing.port(), {.target = "/events", .headers = with_token}).status == 403);
    }
}
