// Who may publish, control and subscribe: by which token, where it may stand, and in which order a request is judged.
#include "guarded_routes.hpp"
#include <support/event_stream.hpp>

using namespace sluice::test;

namespace {

const std::string publish_token = "publish+secret/1=";
const std::string subscribe_token = "subscribe+secret/2=";

header_fields bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }
header_fields publisher() { return bearer(publish_token); }
header_fields subscriber() { return bearer(subscribe_token); }

std::vector<std::string> both_tokens(std::vector<std::string> more = {})
{
    more.insert(more.end(), {"--publish-token", publish_token, "--subscribe-token", subscribe_token});
    return more;
}

/// As RFC 6750 wants it: an error only where a token was given; no token of any kind is in it.
void check_unauthorized(const http_response& response, bool to_head = false)
{
    const auto challenges = response.headers.all("WWW-Authenticate");
    REQUIRE(challenges.size() == 1);
    const auto& challenge = challenges.front();
    if (challenge != "Bearer") {
        CHECK(challenge.starts_with("Bearer error=\"invalid_token\", error_description=\""));
        CHECK(challenge.find("secret") == std::string::npos);
    }
    if (to_head) {
        CHECK(response.status == 401);
        CHECK(response.body.empty());
    } else {
        check_problem(response, 401, "token");
    }
    CHECK(response.body.find("secret") == std::string::npos);
}

struct credentials_row {
    const char* name;
    header_fields headers;
    bool right = false;
};

/// Each with this token, or nearly.
std::vector<credentials_row> credentials(const std::string& token)
{
    return {
        {"as it should be", bearer(token), true},
        {"the scheme in lower case", {{"Authorization", "bearer " + token}}, true},
        {"the scheme in upper case", {{"AUTHORIZATION", "BEARER " + token}}, true},
        {"two spaces", {{"Authorization", "Bearer  " + token}}, true},
        {"a space behind, which is no part of a field", {{"Authorization", "Bearer " + token + " "}}, true},
        {"none", {}},
        {"an empty one", {{"Authorization", ""}}},
        {"the scheme alone", {{"Authorization", "Bearer"}}},
        {"the token alone", {{"Authorization", token}}},
        {"another scheme", {{"Authorization", "Basic " + token}}},
        {"a longer scheme", {{"Authorization", "Bearers " + token}}},
        {"a tab", {{"Authorization", "Bearer\t" + token}}},
        {"another token", bearer("wrong")},
        {"a shorter token", bearer(token.substr(0, token.size() - 1))},
        {"a longer token", bearer(token + "=")},
        {"the token twice in one", bearer(token + token)},
        {"the token in upper case", bearer("PUBLISH+SECRET/1=")},
        {"the token in quotes", bearer("\"" + token + "\"")},
        {"the token encoded", bearer(percent_encode(token))},
        {"twice the right one", {{"Authorization", "Bearer " + token}, {"Authorization", "Bearer " + token}}},
        {"the right one first", {{"Authorization", "Bearer " + token}, {"Authorization", "Bearer x"}}},
        {"the right one last", {{"Authorization", "Basic x"}, {"Authorization", "Bearer " + token}}},
        {"in another field", {{"Proxy-Authorization", "Bearer " + token}}},
        {"in a cookie", {{"Cookie", "access_token=" + token}}},
    };
}

struct query_row {
    const char* name;
    std::string query;
    int status = 401;
};

const std::string encoded = percent_encode(subscribe_token);

const std::vector<query_row> queries{
    {"the right one", "access_token=" + encoded, 200},
    {"among others", "types=a&access_token=" + encoded + "&client_version=1", 200},
    {"its name encoded", "access%5ftoken=" + encoded, 200},
    {"a wrong one", "access_token=wrong"},
    {"the publish token", "access_token=" + percent_encode(publish_token)},
    {"an empty one", "access_token="},
    {"no value", "access_token"},
    {"a plus sign is a space", "access_token=" + subscribe_token},
    {"encoded twice", "access_token=" + percent_encode(encoded)},
    {"badly encoded", "access_token=%zz"},
    {"twice", "access_token=" + encoded + "&access_token=" + encoded},
    {"another name", "token=" + encoded},
    {"the name in capitals", "ACCESS_TOKEN=" + encoded},
    {"a bad query is judged later: without", "types=%zz"},
    {"a bad query is judged later: with", "types=%zz&access_token=" + encoded, 400},
};

struct order_row {
    const char* name;
    std::string bytes; ///< a request without a token
    int status;
};

std::string post_head(const std::string& lines) { return "POST /broadcast HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n"; }

const std::vector<order_row> order_rows{
    // What comes before the token: the framing, the host and the path.
    {"no request", "POST\r\n\r\n", 400},
    {"a broken chunk", post_head("Transfer-Encoding: chunked\r\n") + "zz\r\n\r\n", 400},
    {"an unknown coding", post_head("Transfer-Encoding: gzip\r\n"), 501},
    {"two lengths", post_head("Content-Length: 0\r\nContent-Length: 1\r\n"), 400},
    {"a long header", post_head("X: " + std::string(17000, 'x') + "\r\n"), 431},
    {"no host", "POST /broadcast HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400},
    {"an unknown path", "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 404},
    // What comes after it.
    {"a foreign origin", post_head("Origin: https://evil.example\r\nContent-Length: 0\r\n"), 401},
    {"another method", "PUT /broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 401},
    {"an unknown field", "POST /broadcast?colour=blue HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 401},
    {"a broken query", "POST /broadcast?data=%zz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 401},
    {"a body of no type", post_head("Content-Length: 1\r\n") + "x", 401},
    {"bad JSON", post_head("Content-Type: application/json\r\nContent-Length: 1\r\n") + "{", 401},
    {"a type that is not served", post_head("Content-Type: text/plain\r\nContent-Length: 1\r\n") + "x", 401},
    {"data over the limit",
     post_head("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2005\r\n") +
         "data=" + std::string(2000, 'x'),
     401},
    {"a stream that Accept excludes", "GET /events HTTP/1.1\r\nHost: x\r\nAccept: image/png\r\n\r\n", 401},
    {"a stream with a broken query", "GET /events?types=%zz HTTP/1.1\r\nHost: x\r\n\r\n", 401},
    {"a stream by another method", "POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 401},
};

struct open_row {
    const char* name; ///< the path
    int status = 200;
};

constexpr open_row open_routes[] = {{"/healthz"}, {"/readyz"}};

/// Publishes with the token and checks that it is all that the stream gets.
void check_nothing_came(const server_process& server, event_stream& stream)
{
    const auto publish = [&](const std::string& marker) {
        auto headers = publisher();
        headers.add("Content-Type", "application/x-www-form-urlencoded");
        const auto response = request(server.port(), {.method = "POST",
                                                      .target = "/broadcast",
                                                      .headers = std::move(headers),
                                                      .body = "data=" + percent_encode(marker)});
        CHECK(response.status == 200);
    };
    CHECK(stream.barrier(publish).empty());
}

} // namespace

TEST_SUITE("contract/access")
{
    TEST_CASE("refusals · say which check failed, in the detail and in the challenge")
    {
        server_process server(both_tokens());
        struct row {
            const char* name;
            std::string target;
            header_fields headers;
            const char* detail;
            bool given;
        };
        const std::vector<row> rows{
            {"no token", "/stats", {}, "needs the publish token", false},
            {"no token for a stream", "/events", {}, "needs the subscribe token", false},
            {"another scheme", "/stats", {{"Authorization", "Basic secret"}}, "needs the publish token", false},
            {"the wrong one", "/stats", bearer("secret-wrong"), "is not the publish token", true},
            {"the other one", "/stats", subscriber(), "is not the publish token", true},
            {"the other one for a stream", "/events", publisher(), "is not the subscribe token", true},
            {"a wrong one by query", "/events?access_token=secret", {}, "is not the subscribe token", true},
            {"one by query where none counts", "/stats?access_token=secret", {}, "needs the publish token", false},
            {"two by query", "/events?access_token=secret&access_token=secret", {}, "several access_token", true},
            {"two fields",
             "/stats",
             {{"Authorization", "Bearer secret"}, {"Authorization", "Bearer secret"}},
             "several Authorization",
             true},
        };
        for_each_row(rows, [&](const row& r) {
            const auto response = request(server.port(), {.target = r.target, .headers = r.headers});
            check_problem(response, 401, r.detail);
            const auto detail = text(response.json().at("detail"));
            const auto expected = r.given ? "Bearer error=\"invalid_token\", error_description=\"" + detail + "\""
                                          : std::string("Bearer");
            CHECK(response.headers.get("WWW-Authenticate") == expected);
            CHECK(detail.find("secret") == std::string::npos);
        });
    }

    TEST_CASE("trusted proxy · the client's address is the one that the proxy names")
    {
        server_process server({"--trusted-proxy", "127.0.0.0/8,::1"});
        const auto address_with = [&](const header_fields& headers) {
            event_stream stream(server.port(), {.headers = headers});
            return text(session_entry(server.port(), stream.session_id()).at("address"));
        };
        CHECK(address_with({}) == "127.0.0.1");
        CHECK(address_with({{"X-Forwarded-For", "203.0.113.9, 192.0.2.1, 127.0.0.2"}}) == "192.0.2.1");
        CHECK(address_with({{"Forwarded", "for=\"[2001:db8::1]:80\""}, {"X-Forwarded-For", "192.0.2.1"}}) ==
              "2001:db8::1");
        CHECK(address_with({{"X-Forwarded-For", "nobody"}}) == "127.0.0.1");
        const header_fields foreign{{"X-Forwarded-For", "192.0.2.7"}, {"Origin", "https://evil.example"}};
        CHECK(request(server.port(), {.target = "/stats", .headers = foreign}).status == 403);
        server.wait_for_log("192.0.2.7");
        server_process without;
        event_stream stream(without.port(), {.headers = {{"X-Forwarded-For", "192.0.2.1"}}});
        CHECK(text(session_entry(without.port(), stream.session_id()).at("address")) == "127.0.0.1");
    }

    TEST_CASE("publishing and control · each route needs the publish token, and the connection stays")
    {
        server_process server(both_tokens());
        http_connection connection(server.port());
        for_each_row(guarded_requests(), [&](const guarded_request& row) {
            const bool to_head = row.method == "HEAD";
            check_unauthorized(ask(connection, row, {}), to_head);
            check_unauthorized(ask(connection, row, subscriber()), to_head);
            CHECK(ask(connection, row, publisher()).status == row.status);
        });
    }

    TEST_CASE("publishing and control · a token in the query never counts")
    {
        server_process server(both_tokens());
        http_connection connection(server.port());
        for_each_row(guarded_requests(), [&](guarded_request row) {
            row.target += (row.target.find('?') == std::string::npos ? "?" : "&");
            row.target += "access_token=" + percent_encode(publish_token);
            check_unauthorized(ask(connection, row, {}), row.method == "HEAD");
            CHECK(ask(connection, row, publisher()).status == row.status);
        });
    }

    TEST_CASE("open routes · need nothing, and take whatever token comes")
    {
        server_process server(both_tokens());
        for_each_row(open_routes, [&](const open_row& row) {
            CHECK(get(server.port(), row.name).status == row.status);
            CHECK(request(server.port(), {.target = row.name, .headers = bearer("wrong")}).status == row.status);
            check_problem(request(server.port(), {.method = "DELETE", .target = row.name}), 405);
        });
    }

    TEST_CASE("header · one bearer token, to the letter")
    {
        server_process server(both_tokens());
        http_connection connection(server.port());
        for_each_row(credentials(publish_token), [&](const credentials_row& row) {
            const auto response =
                connection.request({.method = "POST", .target = "/broadcast", .headers = row.headers});
            if (row.right) {
                CHECK(response.status == 200);
            } else {
                check_unauthorized(response);
            }
        });
        for_each_row(credentials(subscribe_token), [&](const credentials_row& row) {
            if (row.right) {
                event_stream stream(server.port(), {.headers = row.headers});
                stream.expect("connected");
            } else {
                check_unauthorized(event_stream::refused(server.port(), {.headers = row.headers}));
            }
        });
    }

    TEST_CASE("streams · the subscribe token by header or query, and no other")
    {
        server_process server(both_tokens());
        check_unauthorized(event_stream::refused(server.port(), {}));
        check_unauthorized(event_stream::refused(server.port(), {.headers = publisher()}));
        for_each_row(queries, [&](const query_row& row) {
            if (row.status == 200) {
                event_stream stream(server.port(), {.query = row.query});
                stream.expect("connected");
            } else if (const auto response = event_stream::refused(server.port(), {.query = row.query});
                       row.status == 401) {
                check_unauthorized(response);
            } else {
                check_problem(response, row.status);
            }
        });
        event_stream behind_a_proxy(server.port(),
                                    {.query = "access_token=" + encoded, .headers = {{"Authorization", "Basic eDp5"}}});
        behind_a_proxy.expect("connected");
    }

    TEST_CASE("streams · HEAD needs the token too, and other versions of HTTP")
    {
        server_process server(both_tokens());
        http_connection connection(server.port());
        connection.send(http_request{.method = "HEAD", .target = "/events"});
        check_unauthorized(connection.read_response({}, true), true);
        connection.send(http_request{.method = "HEAD", .target = "/events", .headers = subscriber()});
        CHECK(connection.read_response({}, true).status == 200);
        check_unauthorized(event_stream::refused(server.port(), {.version = "1.0"}));
        event_stream stream(server.port(), {.headers = subscriber(), .version = "1.0"});
        stream.expect("connected");
        check_unauthorized(raw_request(server.port(), "GET http://x/events HTTP/1.1\r\nHost: x\r\n\r\n"));
    }

    TEST_CASE("streams · one that is let in on another thread is judged as well")
    {
        server_process server(both_tokens({"--threads", "3"}));
        event_stream first(server.port(), {.headers = subscriber()});
        const auto id = first.session_id();
        // Connections are dealt out in turn: each thread takes some of these.
        for (int i = 0; i != 6; ++i) {
            check_unauthorized(event_stream::refused(server.port(), {.session = id}));
            event_stream again(server.port(), {.session = id, .query = "access_token=" + encoded});
            CHECK(again.session_id() == id);
            CHECK(again.connected().at("resumed").as_bool());
        }
    }

    TEST_CASE("one token · what has none is open")
    {
        server_process publishing({"--publish-token", publish_token});
        event_stream(publishing.port()).expect("connected");
        check_unauthorized(post(publishing.port(), "/broadcast"));

        server_process subscribing({"--subscribe-token", subscribe_token});
        check_unauthorized(event_stream::refused(subscribing.port(), {}));
        CHECK(post(subscribing.port(), "/broadcast").status == 200);
        CHECK(request(subscribing.port(), {.target = "/stats", .headers = bearer("any")}).status == 200);
    }

    TEST_CASE("order · framing, host and path before the token, all else after")
    {
        server_process server(both_tokens({"--max-event-bytes", "1KiB"}));
        event_stream stream(server.port(), {.headers = subscriber()});
        stream.expect("connected");
        for_each_row(order_rows, [&](const order_row& row) {
            const auto response = raw_request(server.port(), row.bytes);
            row.status == 401 ? check_unauthorized(response) : check_problem(response, row.status);
            CHECK(response.headers.has("WWW-Authenticate") == (row.status == 401));
        });
        check_nothing_came(server, stream);
    }

    TEST_CASE("pipelined requests · are judged one by one, in order")
    {
        server_process server(both_tokens());
        http_connection connection(server.port());
        const std::vector<std::pair<header_fields, int>> wanted{{publisher(), 200},  {{}, 401}, {publisher(), 200},
                                                                {subscriber(), 401}, {{}, 401}, {publisher(), 200}};
        std::string bytes;
        for (const auto& [headers, status] : wanted) {
            auto with_body = headers;
            with_body.add("Content-Type", "application/x-www-form-urlencoded");
            bytes +=
                http_request{.method = "POST", .target = "/broadcast", .headers = with_body, .body = "data=x"}.to_bytes(
                    "x");
        }
        connection.send(bytes);
        for (const auto& [headers, status] : wanted) {
            CHECK(connection.read_response().status == status);
        }
        const auto counted = request(server.port(), {.target = "/stats", .headers = publisher()});
        CHECK(integer(counted.json().at("events_published")) == 3);
    }
}

TEST_SUITE("contract/access/bodies")
{
    TEST_CASE("expect · who may not come is not asked for the body, and the connection ends")
    {
        server_process server(both_tokens());
        http_connection connection(server.port());
        connection.send(post_head("Content-Length: 6\r\nExpect: 100-continue\r\n"));
        const auto response = connection.read_response();
        check_unauthorized(response);
        CHECK(response.headers.get("Connection") == "close");
        connection.shutdown_write();
        CHECK(connection.read_eof() == connection_end::closed);
        http_connection allowed(server.port());
        allowed.send(post_head("Authorization: Bearer " + publish_token +
                               "\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                               "Content-Length: 6\r\nExpect: 100-continue\r\n"));
        CHECK(allowed.read_response().status == 100);
        allowed.send("data=x");
        CHECK(allowed.read_response().status == 200);
    }

    TEST_CASE("long · is refused by its head, before it is sent, as 401 and not as 413")
    {
        server_process server(both_tokens());
        for (const auto* length : {"65537", "8388608", "8388609", "9000000000000"}) {
            CAPTURE(length);
            http_connection connection(server.port());
            connection.send(post_head(fmt::format("Content-Length: {}\r\n", length)));
            const auto response = connection.read_response();
            check_unauthorized(response);
            CHECK(response.headers.get("Connection") == "close");
        }
        check_problem(raw_request(server.port(), post_head("Authorization: Bearer " + publish_token +
                                                           "\r\nContent-Length: 8388609\r\n")),
                      413);
    }

    TEST_CASE("long · also in chunks, and what follows is no request")
    {
        server_process server(both_tokens());
        http_connection connection(server.port());
        const auto chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
        std::string bytes = post_head("Transfer-Encoding: chunked\r\n");
        for (int i = 0; i != 5; ++i) {
            bytes += chunk;
        }
        connection.send(bytes + "0\r\n\r\n" + http_request{.target = "/healthz"}.to_bytes("x"));
        const auto response = connection.read_response();
        check_unauthorized(response);
        CHECK(response.headers.get("Connection") == "close");
        connection.shutdown_write();
        connection.read_eof();
    }

    TEST_CASE("short · is read and dropped, so that the connection can go on")
    {
        server_process server(both_tokens());
        event_stream stream(server.port(), {.headers = subscriber()});
        stream.expect("connected");
        http_connection connection(server.port());
        const auto form = std::string("Content-Type: application/x-www-form-urlencoded\r\n");
        connection.send(post_head(form + "Content-Length: 6\r\n") + "data=x");
        check_unauthorized(connection.read_response());
        connection.send(post_head(form + "Transfer-Encoding: chunked\r\n") + "6\r\ndata=x\r\n0\r\n\r\n");
        check_unauthorized(connection.read_response());
        connection.send_in_pieces(post_head(form + "Content-Length: 6\r\n") + "data=x", 1);
        check_unauthorized(connection.read_response());
        connection.send(post_head(form + "Content-Length: 65536\r\n") + "data=" + std::string(65531, 'x'));
        check_unauthorized(connection.read_response());
        CHECK(connection.get("/healthz").status == 200);
        check_nothing_came(server, stream);
    }

    TEST_CASE("long · is a 404 as well where nothing is")
    {
        server_process server;
        http_connection connection(server.port());
        connection.send("POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n");
        const auto response = connection.read_response();
        check_problem(response, 404);
        CHECK(response.headers.get("Connection") == "close");
    }
}

TEST_SUITE("contract/access/ownership")
{
    TEST_CASE("ownership token · the same token is the same subject, by header and by query, from anywhere")
    {
        server_process server(both_tokens({"--ownership", "token"}));
        event_stream first(server.port(), {.headers = subscriber()});
        const auto id = first.session_id();
        event_stream second(server.port(),
                            {.session = id, .query = "access_token=" + encoded, .user_agent = "another"});
        CHECK(second.session_id() == id);
        CHECK(second.connected().at("resumed").as_bool());
        check_unauthorized(event_stream::refused(server.port(), {.session = id}));
    }
}

TEST_SUITE("contract/access/fields")
{
    TEST_CASE("preflight · needs no token, and lets one be sent")
    {
        server_process server(both_tokens({"--cors-origin", "https://app.example"}));
        for (const auto* target : {"/events", "/broadcast", "/send", "/disconnect", "/sessions", "/sessions/x",
                                   "/stats", "/healthz", "/readyz"}) {
            CAPTURE(target);
            const auto response =
                request(server.port(), {.method = "OPTIONS",
                                        .target = target,
                                        .headers = {{"Origin", "https://app.example"},
                                                    {"Access-Control-Request-Method", "POST"},
                                                    {"Access-Control-Request-Headers", "authorization"}}});
            CHECK(response.status == 204);
            CHECK(response.headers.get("Access-Control-Allow-Origin") == "https://app.example");
            CHECK(response.headers.get("Access-Control-Allow-Headers") == "authorization");
        }
    }

    TEST_CASE("refusals · carry what lets a page read them, also when they end the connection")
    {
        server_process server(both_tokens({"--cors-origin", "https://app.example"}));
        const std::string origin = "Origin: https://app.example\r\n";
        for (const auto& bytes :
             {post_head(origin + "Content-Length: 0\r\n"), post_head(origin + "Content-Length: 99999\r\n"),
              "GET /events HTTP/1.1\r\nHost: x\r\n" + origin + "\r\n"}) {
            const auto response = raw_request(server.port(), bytes);
            check_unauthorized(response);
            CHECK(response.headers.get("Access-Control-Allow-Origin") == "https://app.example");
            CHECK(response.headers.get("Access-Control-Allow-Credentials") == "true");
        }
        const auto too_large = raw_request(server.port(), post_head(origin + "Authorization: Bearer " + publish_token +
                                                                    "\r\nContent-Length: 9000000\r\n"));
        check_problem(too_large, 413);
        CHECK(too_large.headers.get("Access-Control-Allow-Origin") == "https://app.example");
    }

    TEST_CASE("every answer but a stream · is what its type says, and its address is told to nobody")
    {
        server_process server(both_tokens());
        http_connection connection(server.port());
        const auto check = [](const http_response& response) {
            CHECK(response.headers.all("X-Content-Type-Options") == std::vector<std::string>{"nosniff"});
            CHECK(response.headers.all("Referrer-Policy") == std::vector<std::string>{"no-referrer"});
        };
        for_each_row(guarded_requests(), [&](const guarded_request& row) {
            check(ask(connection, row, {}));
            check(ask(connection, row, publisher()));
        });
        check(connection.get("/healthz"));
        check(connection.get("/nothing"));
        check(connection.get("/events?access_token=wrong"));
        check(raw_request(server.port(), "nonsense\r\n\r\n"));
    }
}
