// Access from other sites' pages: nothing unless configured, a list with credentials, or `*` without.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

using namespace sluice::test;

namespace {

const std::string also_listed = "http://localhost:5173";

struct route_row {
    const char* name;
    const char* target;
    std::set<std::string> methods; ///< at least these
};

const std::vector<route_row> routes{
    {"events", "/events", {"GET", "POST", "QUERY"}},
    {"broadcast", "/broadcast", {"POST"}},
    {"send", "/send", {"POST"}},
    {"disconnect", "/disconnect", {"POST"}},
    {"sessions", "/sessions", {"GET", "POST"}},
    {"a session", "/sessions/0123456789abcdef0123456789abcdef", {"GET", "DELETE"}},
    {"stats", "/stats", {"GET"}},
    {"the stream of stats", "/stats/stream", {"GET"}},
    {"healthz", "/healthz", {"GET"}},
    {"readyz", "/readyz", {"GET"}},
};

http_request preflight(std::string target, const std::string& origin, std::string method = "POST",
                       std::string headers = "content-type, x-sse-session-id")
{
    return {.method = "OPTIONS",
            .target = std::move(target),
            .headers = {{"Origin", origin},
                        {"Access-Control-Request-Method", std::move(method)},
                        {"Access-Control-Request-Headers", std::move(headers)}}};
}

http_response stream_from(const server_process& server, const std::string& origin)
{
    return event_stream(server.port(), {.headers = {{"Origin", origin}}}).response();
}

bool has_any_cors_header(const http_response& response)
{
    for (const auto& [name, value] : response.headers) {
        if (equal_ignoring_case(std::string_view(name).substr(0, 15), "Access-Control-")) {
            return true;
        }
    }
    return false;
}

bool varies_by_origin(const http_response& response)
{
    for (const auto& value : response.headers.all("Vary")) {
        for (const auto& element : list_elements(value)) {
            if (equal_ignoring_case(element, "Origin")) {
                return true;
            }
        }
    }
    return false;
}

struct origin_row {
    const char* name;
    std::string origin;
    bool allowed;
};

const std::vector<origin_row> origins{
    {"the first of the list", listed, true},
    {"the second of the list", also_listed, true},
    {"another host", "https://other.example", false},
    {"another scheme", "http://app.example", false},
    {"another port", "https://app.example:8443", false},
    {"a longer host", "https://app.example.evil.example", false},
    {"a host below", "https://x.app.example", false},
    {"null", "null", false},
};

} // namespace

TEST_SUITE("contract/cors")
{
    TEST_CASE("not configured · no route says anything of it")
    {
        server_process server;
        CHECK_FALSE(has_any_cors_header(stream_from(server, listed)));
        for_each_row(routes, [&](const route_row& row) {
            const auto response = request(server.port(), preflight(row.target, listed));
            CHECK_FALSE(response.headers.has("Access-Control-Allow-Origin"));
            CHECK_FALSE(response.headers.has("Access-Control-Allow-Credentials"));
        });
    }

    TEST_CASE("list · the request's own origin is echoed when it is listed")
    {
        server_process server({"--cors-origin", listed, "--cors-origin", also_listed});
        for_each_row(origins, [&](const origin_row& row) {
            const auto response = stream_from(server, row.origin);
            if (row.allowed) {
                CHECK(response.headers.all("Access-Control-Allow-Origin") == std::vector<std::string>{row.origin});
                CHECK(response.headers.get("Access-Control-Allow-Credentials") == "true");
                CHECK(response.headers.get("Access-Control-Expose-Headers") == "X-SSE-Session-ID, Retry-After");
                CHECK(varies_by_origin(response));
            } else {
                CHECK_FALSE(response.headers.has("Access-Control-Allow-Origin"));
                CHECK_FALSE(response.headers.has("Access-Control-Allow-Credentials"));
            }
        });
    }

    TEST_CASE("list · by the environment, separated by commas")
    {
        server_process server(server_options{.environment = {{"SLUICE_CORS_ORIGIN", listed + "," + also_listed}}});
        CHECK(stream_from(server, listed).headers.get("Access-Control-Allow-Origin") == listed);
        CHECK(stream_from(server, also_listed).headers.get("Access-Control-Allow-Origin") == also_listed);
    }

    TEST_CASE("list · answers of other routes carry it too, errors included")
    {
        server_process server({"--cors-origin", listed});
        const auto from = [&](std::string target) {
            return request(server.port(), {.target = std::move(target), .headers = {{"Origin", listed}}});
        };
        for (const auto* target : {"/healthz", "/stats", "/sessions", "/broadcast"}) {
            CAPTURE(target);
            const auto response = from(target);
            CHECK(response.headers.get("Access-Control-Allow-Origin") == listed);
            CHECK(varies_by_origin(response));
        }
    }

    TEST_CASE("star · any origin, without credentials")
    {
        server_process server({"--cors-origin", "*"});
        const auto response = stream_from(server, "https://anyone.example");
        CHECK(response.headers.all("Access-Control-Allow-Origin") == std::vector<std::string>{"*"});
        CHECK_FALSE(response.headers.has("Access-Control-Allow-Credentials"));
        for_each_row(routes, [&](const route_row& row) {
            const auto answer = request(server.port(), preflight(row.target, "https://anyone.example"));
            CHECK(answer.status / 100 == 2);
            CHECK(answer.headers.get("Access-Control-Allow-Origin") == "*");
            CHECK_FALSE(answer.headers.has("Access-Control-Allow-Credentials"));
        });
    }

    TEST_CASE("preflight · names the route's methods and repeats the headers asked for")
    {
        server_process server({"--cors-origin", listed});
        for_each_row(routes, [&](const route_row& row) {
            http_connection connection(server.port());
            const auto response =
                connection.request(preflight(row.target, listed, *row.methods.begin(), "x-one, x-two"));
            CHECK(response.status / 100 == 2);
            CHECK(response.headers.get("Access-Control-Allow-Origin") == listed);
            CHECK(response.headers.get("Access-Control-Allow-Credentials") == "true");
            CHECK(varies_by_origin(response));
            CHECK(list_elements(response.headers.get("Access-Control-Allow-Headers")) ==
                  std::set<std::string>{"x-one", "x-two"});
            const auto methods = list_elements(response.headers.get("Access-Control-Allow-Methods"));
            for (const auto& method : row.methods) {
                CHECK_MESSAGE(methods.contains(method), method);
            }
            CHECK_FALSE(methods.contains("PUT"));
            CHECK(connection.get("/healthz").status == 200);
        });
    }

    TEST_CASE("preflight · of an origin that is not listed allows nothing")
    {
        server_process server({"--cors-origin", listed});
        for_each_row(routes, [&](const route_row& row) {
            const auto response = request(server.port(), preflight(row.target, "https://other.example"));
            CHECK_FALSE(response.headers.has("Access-Control-Allow-Origin"));
        });
    }

    TEST_CASE("preflight · changes nothing")
    {
        server_process server({"--cors-origin", listed});
        const auto id = mint_session(server.port());
        CHECK(request(server.port(), preflight("/sessions/" + id, listed, "DELETE")).status / 100 == 2);
        CHECK(request(server.port(), preflight("/broadcast?data=x", listed)).status / 100 == 2);
        CHECK(request(server.port(), preflight("/sessions", listed)).status / 100 == 2);
        CHECK(stat_of(server.port(), "total_sessions") == 1);
        CHECK(stat_of(server.port(), "events_published") == 0);
    }

    TEST_CASE("star · a page that asks with credentials is told of in the log, for its browser hides the answer")
    {
        server_process server({"--cors-origin", "*", "--cors-origin", listed});
        const auto ask = [&](const std::string& origin, const std::string& cookie) {
            header_fields headers{{"Origin", origin}};
            if (!cookie.empty()) {
                headers.add("Cookie", cookie);
            }
            CHECK(request(server.port(), {.target = "/healthz", .headers = headers}).status == 200);
        };
        ask("https://anyone.example", "");
        ask(listed, "a=b");
        ask(fmt::format("http://127.0.0.1:{}", server.port()), "a=b");
        ask("https://other.example", "a=b");
        server.wait_for_log("https://other.example");
        CHECK(server.log_count("with credentials") == 1);
        CHECK(server.log_count("a=b") == 0);
    }

    TEST_CASE("list · a star as an origin's first label is one label")
    {
        server_process server({"--cors-origin", "https://*.example.com"});
        for (const auto& [origin, allowed] : {std::pair<std::string, bool>{"https://app.example.com", true},
                                              {"https://example.com", false},
                                              {"https://a.b.example.com", false},
                                              {"http://app.example.com", false},
                                              {"https://app.example.com:8443", false}}) {
            CAPTURE(origin);
            const auto response = stream_from(server, origin);
            CHECK(response.headers.get("Access-Control-Allow-Origin") == (allowed ? origin : ""));
            const auto published =
                request(server.port(), {.method = "POST", .target = "/broadcast", .headers = {{"Origin", origin}}});
            CHECK(published.status == (allowed ? 200 : 403));
        }
    }
}
