// Every route: its methods, unknown paths, health, POST /disconnect, and routes that can be turned off.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

using namespace sluice::test;

namespace {

struct route_row {
    const char* name; ///< the path
    std::set<std::string> allowed;
    std::vector<const char*> wrong;
};

const std::vector<route_row> routes{
    {"/", {"GET"}, {"POST", "PUT", "DELETE"}},
    {"/events", {"GET", "QUERY"}, {"POST", "PUT", "DELETE", "PATCH"}},
    {"/broadcast", {"POST"}, {"GET", "PUT", "DELETE"}},
    {"/publish", {"POST", "PUT"}, {"GET", "DELETE"}},
    {"/send", {"POST"}, {"GET", "PUT", "DELETE"}},
    {"/disconnect", {"POST"}, {"GET", "DELETE"}},
    {"/sessions", {"GET", "POST"}, {"PUT", "DELETE"}},
    {"/sessions/0123456789abcdef0123456789abcdef", {"GET", "DELETE"}, {"POST", "PUT"}},
    {"/stats", {"GET"}, {"POST", "DELETE"}},
    {"/stats/stream", {"GET"}, {"POST", "PUT"}},
    {"/healthz", {"GET"}, {"POST", "DELETE"}},
    {"/readyz", {"GET"}, {"POST", "PUT"}},
};

constexpr const char* unknown_paths[] = {"/event",    "/events/",      "/events/x",   "/broadcasts",
                                         "/Events",   "/sessions/a/b", "/stats/x",    "/../etc/passwd",
                                         "/%2e%2e/x", "//events",      "/favicon.ico"};

} // namespace

TEST_SUITE("contract/routes")
{
    TEST_CASE("wrong method · 405 with Allow, and the connection stays")
    {
        server_process server;
        http_connection connection(server.port());
        for_each_row(routes, [&](const route_row& row) {
            for (const auto* method : row.wrong) {
                CAPTURE(method);
                const auto response = connection.request({.method = method, .target = row.name});
                check_problem(response, 405);
                const auto allow = list_elements(response.headers.get("Allow"));
                for (const auto& allowed : row.allowed) {
                    CHECK_MESSAGE(allow.contains(allowed), allowed);
                }
                CHECK_FALSE(allow.contains(method));
            }
        });
        CHECK(connection.get("/healthz").status == 200);
    }

    TEST_CASE("bodies that no route wants · up to 64 KiB are read and forgotten, longer ones are refused")
    {
        server_process server;
        http_connection connection(server.port());
        const std::string longest(65536, 'x');
        for (const auto* target : {"/healthz", "/readyz", "/metrics", "/", "/stats", "/sessions"}) {
            CAPTURE(target);
            CHECK(connection.request({.target = target, .body = longest}).status == 200);
            http_connection other(server.port());
            other.send(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", target));
            check_problem(other.read_response(), 413);
            other.read_eof();
            http_connection chunks(server.port());
            chunks.socket().try_send(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                                 "ffff\r\n{}\r\n2\r\n",
                                                 target, longest.substr(1)));
            check_problem(chunks.read_response(), 413);
            chunks.read_eof();
        }
        check_problem(connection.request({.method = "POST", .target = "/nowhere", .body = longest}), 404);
        CHECK(connection.request({.method = "POST", .target = "/sessions", .body = longest}).status == 201);
    }

    TEST_CASE("query · a field that the route does not have is a 400 that names it; probes and pages ignore it")
    {
        server_process server;
        event_stream stream(server.port());
        http_connection connection(server.port());
        const auto ask = [&](const char* method, const std::string& target) {
            return connection.request({.method = method, .target = target});
        };
        const std::string one = "/sessions/" + stream.session_id();
        const std::pair<const char*, std::string> refusing[] = {
            {"POST", "/sessions"},   {"GET", "/sessions"},    {"GET", one},
            {"DELETE", one},         {"GET", "/stats"},       {"GET", "/metrics"},
            {"DELETE", "/topics/a"}, {"POST", "/revoke"},     {"POST", "/publish"},
            {"POST", "/send"},       {"POST", "/disconnect"}, {"GET", "/history"}};
        for (const auto& [method, target] : refusing) {
            CAPTURE(method);
            CAPTURE(target);
            check_problem(ask(method, target + "?what=x"), 400, "the query has an unknown field 'what'");
            check_problem(ask(method, target + "?what=%zz"), 400, "query");
        }
        CHECK(ask("GET", one + "?access_token=x").status == 200);
        CHECK(ask("GET", "/stats?access_token=x").status == 200);
        CHECK(stat_of(server.port(), "total_sessions") == 1);
        for (const auto* const target : {"/healthz?what=x", "/readyz?what=%zz", "/?what=x"}) {
            CAPTURE(target);
            CHECK(ask("GET", target).status == 200);
        }
        CHECK(event_stream(server.port(), {.query = "what=x"}).connected().at("resumed") == false);
    }

    TEST_CASE("unknown path · 404 as a problem, and the connection stays")
    {
        server_process server;
        http_connection connection(server.port());
        for (const auto* path : unknown_paths) {
            CAPTURE(path);
            check_problem(connection.get(path), 404);
        }
        CHECK(connection.get("/healthz").status == 200);
    }

    TEST_CASE("health · alive and ready")
    {
        server_process server;
        CHECK(get(server.port(), "/healthz").status == 200);
        CHECK(get(server.port(), "/readyz").status == 200);
        CHECK(get(server.port(), "/healthz?from=probe").status == 200);
    }

    TEST_CASE("disconnect · closes the connection, and the session stays and resumes")
    {
        server_process server;
        event_stream stream(server.port());
        stream.connected();
        const auto target = "/disconnect?session=" + stream.session_id();
        const auto first = post(server.port(), target);
        CHECK(first.status == 200);
        CHECK(first.body == R"({"disconnected":true})");
        CHECK(stream.wait_end() != stream_end::reset);
        CHECK(stream.unfinished().empty());
        const auto second = post(server.port(), target);
        CHECK(second.status == 200);
        CHECK(second.body == R"({"disconnected":false})");
        CHECK(stat_of(server.port(), "total_sessions") == 1);
        const auto id = broadcast(server.port(), "missed");
        event_stream resumed(server.port(), {.session = stream.session_id()});
        CHECK(resumed.connected().at("resumed") == true);
        CHECK(resumed.next_of_type("message").id == id);
    }

    TEST_CASE("disconnect · everything published before it is written first")
    {
        server_process server;
        event_stream stream(server.port());
        stream.connected();
        broadcast_batch(server.port(), std::vector<std::string>(500, "before"));
        CHECK(post(server.port(), "/disconnect?session=" + stream.session_id()).status == 200);
        stream.wait_end();
        std::size_t received = 0;
        while (const auto event = stream.next_or_end()) {
            received += event->type == "message" ? 1U : 0U;
        }
        event_stream resumed(server.port(), {.session = stream.session_id(), .last_event_id = stream.last_event_id()});
        for (const auto& event : resumed.barrier()) {
            received += event.type == "message" ? 1U : 0U;
        }
        CHECK(received == 500);
    }

    TEST_CASE("disconnect · 404 for an unknown session, 400 without one")
    {
        server_process server;
        check_problem(post(server.port(), "/disconnect?session=" + std::string(32, '0')), 404);
        check_problem(post(server.port(), "/disconnect?session=nobody"), 404);
        check_problem(post(server.port(), "/disconnect"), 400, "session");
    }

    TEST_CASE("test endpoints · can be turned off")
    {
        server_process server({"--no-test-endpoints"});
        for (const auto* target : {"/broadcast?data=x", "/send?data=x&session=y", "/disconnect?session=y"}) {
            CAPTURE(target);
            check_problem(post(server.port(), target), 404);
        }
        check_problem(get(server.port(), "/stats"), 404);
        event_stream stream(server.port());
        CHECK(stream.connected().at("resumed") == false);
        CHECK(get(server.port(), "/sessions").status == 200);
        CHECK(get(server.port(), "/healthz").status == 200);
    }
}
