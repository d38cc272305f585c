// GET /events: the response's header, and what the stream begins with.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <set>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

void check_stream_headers(const http_response& response)
{
    CHECK(response.status == 200);
    CHECK(response.headers.all("Content-Type") == std::vector<std::string>{"text/event-stream"});
    CHECK(response.headers.all("Cache-Control") == std::vector<std::string>{"no-cache, no-transform"});
    CHECK(response.headers.all("X-Accel-Buffering") == std::vector<std::string>{"no"});
    CHECK_FALSE(response.headers.has("Content-Length"));
}

std::string cookie_of(const std::string& id)
{
    return fmt::format("sse-session-id={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=86400", id);
}

struct accept_row {
    const char* name;
    std::vector<std::string> values; ///< one Accept line each
    bool served;
};

const std::vector<accept_row> accept_rows{
    {"absent", {}, true},
    {"anything", {"*/*"}, true},
    {"any text", {"text/*"}, true},
    {"the type itself", {"text/event-stream"}, true},
    {"the type in another case", {"Text/Event-Stream"}, true},
    {"the type with a weight", {"text/event-stream;q=0.1"}, true},
    {"behind another type", {"text/html, text/event-stream"}, true},
    {"anything as the last resort", {"text/html, */*;q=0.01"}, true},
    {"on a second line", {"application/json", "text/event-stream"}, true},
    {"empty elements", {", ,text/event-stream,"}, true},
    {"another type", {"application/json"}, false},
    {"another text", {"text/html"}, false},
    {"another range", {"application/*"}, false},
    {"a longer name", {"text/event-streams"}, false},
    {"weight zero", {"text/event-stream;q=0"}, false},
    {"weight zero in full", {"text/event-stream; q=0.000"}, false},
    {"weight zero beats the wildcard", {"*/*, text/event-stream;q=0"}, false},
    {"weight zero of the range beats the wildcard", {"*/*, text/*;q=0"}, false},
    {"weight zero of everything", {"*/*;q=0"}, false},
};

http_request stream_request(const std::vector<std::string>& accept, std::string method = "GET")
{
    http_request request{.method = std::move(method), .target = "/events"};
    for (const auto& value : accept) {
        request.headers.add("Accept", value);
    }
    return request;
}

} // namespace

TEST_SUITE("contract/stream_head")
{
    TEST_CASE("headers · of a new stream over HTTP/1.1")
    {
        server_process server;
        event_stream stream(server.port());
        check_stream_headers(stream.response());
        CHECK(stream.response().version == "1.1");
        CHECK(stream.response().headers.all("Transfer-Encoding") == std::vector<std::string>{"chunked"});
        CHECK(stream.response().headers.all("X-SSE-Session-ID").size() == 1);
        CHECK(is_session_id(stream.session_id()));
        CHECK(stream.response().headers.all("Set-Cookie") == std::vector<std::string>{cookie_of(stream.session_id())});
        CHECK_FALSE(stream.response().headers.has("Access-Control-Allow-Origin"));
        CHECK_FALSE(stream.response().headers.has("Access-Control-Allow-Credentials"));
    }

    TEST_CASE("cookie · Secure when the request came by https, and only then")
    {
        server_process server;
        event_stream secure(server.port(), {.headers = {{"X-Forwarded-Proto", "https"}}});
        CHECK(list_elements(secure.response().headers.get("Set-Cookie")).size() == 1);
        CHECK(secure.response().headers.get("Set-Cookie").find("; Secure") != std::string::npos);
        CHECK(secure.response().headers.get("Set-Cookie").starts_with("sse-session-id=" + secure.session_id()));
        event_stream plain(server.port(), {.headers = {{"X-Forwarded-Proto", "http"}}});
        CHECK(plain.response().headers.get("Set-Cookie") == cookie_of(plain.session_id()));
    }

    TEST_CASE("cookie · has the name, path and SameSite of the options")
    {
        server_process server({"--cookie-name", "__Host-hub", "--cookie-same-site", "lax"});
        const auto id = [&] {
            event_stream stream(server.port());
            CHECK(stream.response().headers.get("Set-Cookie") ==
                  fmt::format("__Host-hub={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400; Secure",
                              stream.session_id()));
            return stream.session_id();
        }();
        wait_stat(server.port(), "active_clients", 0);
        event_stream other(server.port(), {.session_cookie = id}); // by the name that is not in force
        CHECK(other.session_id() != id);
        event_stream again(server.port(), {.headers = {{"Cookie", "__Host-hub=" + id}}});
        CHECK(again.session_id() == id);
        server_process deeper({"--cookie-path", "/hub", "--cookie-same-site", "none"});
        event_stream stream(deeper.port());
        CHECK(stream.response().headers.get("Set-Cookie") ==
              fmt::format("sse-session-id={}; Path=/hub; HttpOnly; SameSite=None; Max-Age=86400; Secure",
                          stream.session_id()));
    }

    TEST_CASE("cookie · none with --no-reconnection")
    {
        server_process server({"--no-reconnection"});
        event_stream stream(server.port());
        check_stream_headers(stream.response());
        CHECK_FALSE(stream.response().headers.has("Set-Cookie"));
        CHECK(is_session_id(stream.session_id()));
        CHECK(stream.connected().at("reconnection") == false);
    }

    TEST_CASE("session id · differs for every session")
    {
        server_process server;
        std::set<std::string> ids;
        for (int i = 0; i < 100; ++i) {
            event_stream stream(server.port());
            ids.insert(stream.session_id());
        }
        CHECK(ids.size() == 100);
    }

    TEST_CASE("Accept · what excludes the type gets 406 and makes no session")
    {
        server_process server;
        for_each_row(accept_rows, [&](const accept_row& row) {
            http_connection connection(server.port());
            connection.send(stream_request(row.values));
            const auto head = connection.read_head();
            CHECK(head.status == (row.served ? 200 : 406));
        });
        const auto refused = event_stream::refused(server.port(), {.accept = "application/json"});
        check_problem(refused, 406);
        CHECK_FALSE(refused.headers.has("Set-Cookie"));
        CHECK_FALSE(refused.headers.has("X-SSE-Session-ID"));
        std::int64_t served = 0;
        for (const auto& row : accept_rows) {
            served += row.served ? 1 : 0;
        }
        CHECK(stat_of(server.port(), "total_sessions") == served);
    }

    TEST_CASE("HEAD · answers the headers, makes no session, and keeps the connection")
    {
        server_process server;
        http_connection connection(server.port());
        const auto head = connection.request(stream_request({"text/event-stream"}, "HEAD"));
        check_stream_headers(head);
        CHECK_FALSE(head.headers.has("X-SSE-Session-ID"));
        CHECK_FALSE(head.headers.has("Set-Cookie"));
        const auto refused = connection.request(stream_request({"image/png"}, "HEAD"));
        CHECK(refused.status == 406);
        const auto answer = connection.get("/stats").json();
        CHECK(integer(answer.at("total_sessions")) == 0);
        CHECK(integer(answer.at("active_clients")) == 0);
    }

    TEST_CASE("HTTP/1.0 · the stream lasts until the close, without chunks")
    {
        server_process server;
        event_stream stream(server.port(), {.version = "1.0"});
        check_stream_headers(stream.response());
        CHECK_FALSE(stream.response().headers.has("Transfer-Encoding"));
        const auto id = broadcast(server.port(), "old friend");
        const auto event = stream.next_of_type("message");
        CHECK(event.id == id);
        CHECK(event.data == "old friend");
        CHECK(post(server.port(), "/disconnect?session=" + stream.session_id()).status == 200);
        CHECK(stream.wait_end() == stream_end::closed);
        CHECK(stream.unfinished().empty());
    }

    TEST_CASE("first block · is connected, with retry and the position, before anything is published")
    {
        const auto before = milliseconds_since_epoch();
        server_process server;
        event_stream stream(server.port());
        const auto first = stream.next();
        const auto [hi, lo] = position(first.id);
        CHECK(lo == 0);
        CHECK(static_cast<std::int64_t>(hi) >= before);
        CHECK(static_cast<std::int64_t>(hi) <= milliseconds_since_epoch());
        CHECK(first.type == "connected");
        CHECK(first.raw == fmt::format("retry: 3000\nid: {}-0\nevent: connected\ndata: {}\n\n", hi, first.data));
    }

    TEST_CASE("first block · names the place from which the connection continues")
    {
        server_process server({"--retry", "250ms"});
        const auto first = broadcast(server.port(), "one");
        {
            event_stream fresh(server.port());
            CHECK(fresh.next().raw.starts_with(fmt::format("retry: 250\nid: {}\nevent: connected\n", first)));
        }
        event_stream stream(server.port());
        stream.connected();
        const auto second = broadcast(server.port(), "two");
        CHECK(stream.next_of_type("message").id == second);
        stream.close();
        broadcast(server.port(), "three");
        event_stream resumed(server.port(), {.session = stream.session_id(), .last_event_id = first});
        CHECK(resumed.next().id == first);
        CHECK(resumed.next_of_type("message").data == "two");
        CHECK(resumed.next_of_type("message").data == "three");
    }

    TEST_CASE("first block · is written as a position also where the event has an id of its own")
    {
        server_process server;
        const auto begin = position(broadcast(server.port(), "numbered"));
        CHECK(post(server.port(), "/broadcast?id=order-7&data=x").status == 200);
        event_stream fresh(server.port());
        CHECK(fresh.next().id == fmt::format("{}-{}", begin.first, begin.second + 1));
        event_stream joined(server.port(), {.last_event_id = "order-7"});
        CHECK(joined.next().id == fmt::format("{}-{}", begin.first, begin.second + 1));
    }

    TEST_CASE("connected · has every member on one line")
    {
        server_process server({"--buffer-size", "123"});
        event_stream stream(server.port());
        const auto& data = stream.connected();
        const auto handle = text(data.at("handle"));
        CHECK(handle.size() == 12);
        CHECK(handle.find_first_not_of("0123456789abcdef") == std::string::npos);
        CHECK(stream.expect("connected").data ==
              fmt::format(R"({{"sessionId":"{}","handle":"{}","reconnection":true,"bufferSize":123,"resumed":false,)"
                          R"("reconnections":0,"replay":0,"dropped":0}})",
                          stream.session_id(), handle));
        stream.close();
        event_stream again(server.port(), {.session = stream.session_id()});
        CHECK(text(again.connected().at("handle")) == handle);
    }
}
