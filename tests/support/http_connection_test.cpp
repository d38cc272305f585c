#include <support/http_connection.hpp>

#include <support/failure.hpp>
#include <support/scripted_server.hpp>

#include <boost/json/object.hpp>

#include <doctest/doctest.h>

using namespace sluice::test;

TEST_SUITE("support/http_connection")
{
    TEST_CASE("request · has Host and Content-Length of itself, and what the caller names in their place")
    {
        CHECK(http_request{}.to_bytes("h:1") == "GET / HTTP/1.1\r\nHost: h:1\r\n\r\n");
        const http_request post{.method = "POST", .target = "/x", .headers = {{"host", "me"}}, .body = "ab"};
        CHECK(post.to_bytes("h:1") == "POST /x HTTP/1.1\r\nhost: me\r\nContent-Length: 2\r\n\r\nab");
        const http_request chunked{
            .method = "POST", .headers = {{"Transfer-Encoding", "chunked"}}, .body = "0\r\n\r\n"};
        CHECK(chunked.to_bytes("h") == "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    }

    TEST_CASE("response · by Content-Length, two in one read")
    {
        scripted_server peer(
            "HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nset-cookie: b\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}"
            "HTTP/1.1 404 Not Found\r\nContent-Length:0\r\n\r\n");
        http_connection connection(peer.port());
        const auto first = connection.get("/one");
        CHECK(first.status == 200);
        CHECK(first.headers.all("SET-COOKIE") == std::vector<std::string>{"a", "b"});
        CHECK(first.json().at("a") == "b");
        const auto second = connection.read_response();
        CHECK(second.status == 404);
        CHECK(second.reason == "Not Found");
        CHECK(connection.read_eof() == connection_end::closed);
        CHECK(peer.requests().at(0).starts_with("GET /one HTTP/1.1\r\n"));
    }

    TEST_CASE("response · chunked, in single bytes, with extension and trailer")
    {
        scripted_server peer([](stream_socket& socket, const std::string&, std::size_t) {
            for (const char c : std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                            "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n")) {
                socket.send(std::string_view(&c, 1));
            }
        });
        CHECK(get(peer.port(), "/").body == "abc0123456789");
    }

    TEST_CASE("response · until the close, none for HEAD and 204")
    {
        scripted_server until_close("HTTP/1.0 200 OK\r\n\r\nall of it");
        CHECK(get(until_close.port(), "/").body == "all of it");
        scripted_server head("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        CHECK(request(head.port(), {.method = "HEAD"}).status == 200);
        scripted_server no_content("HTTP/1.1 204 No Content\r\n\r\n");
        CHECK(request(no_content.port(), {.method = "DELETE"}).body.empty());
    }

    TEST_CASE("response · a body cut short, a broken chunk and a bare LF fail the test")
    {
        for (const auto* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
                                  "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n",
                                  "HTTP/1.1 200 OK\r\nA b\r\n\r\n", "HTP/1.1 200 OK\r\n\r\n", ""}) {
            CAPTURE(bytes);
            scripted_server peer(bytes);
            CHECK_THROWS_AS(get(peer.port(), "/"), test_failure);
        }
    }

    TEST_CASE("end · a reset is told from a close, bytes before it fail, and so does silence")
    {
        scripted_server resetting([](stream_socket& socket, const std::string&, std::size_t) { socket.reset(); });
        http_connection connection(resetting.port());
        connection.send(http_request{});
        CHECK(connection.read_eof() == connection_end::reset);

        scripted_server talking("x");
        http_connection surprised(talking.port());
        surprised.send(http_request{});
        CHECK_THROWS_AS(surprised.read_eof(), test_failure);

        scripted_server silent([](stream_socket& socket, const std::string&, std::size_t) {
            std::string ignored;
            socket.receive(ignored, {});
        });
        http_connection waiting(silent.port());
        waiting.send(http_request{});
        CHECK_THROWS_AS(waiting.read_eof(std::chrono::milliseconds(20)), test_failure);
        CHECK_THROWS_AS(waiting.read_response(std::chrono::milliseconds(20)), test_failure);
    }

    TEST_CASE("connect · from a named source address; nobody listening fails the test")
    {
        scripted_server peer("HTTP/1.1 204 No Content\r\n\r\n");
        endpoint to(peer.port());
        to.source_address = "127.0.0.7";
        to.receive_buffer = 4096;
        CHECK(get(to, "/").status == 204);
        CHECK_THROWS_AS(http_connection(endpoint(1)), test_failure);
        CHECK_THROWS_AS(http_connection(endpoint::unix_socket("/nonexistent/socket")), test_failure);
    }

    TEST_CASE("broadcast · posts JSON, returns the id, and fails on another status")
    {
        scripted_server peer("HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{\"id\":\"1-1\",\"clients\":0} ");
        CHECK(broadcast(peer.port(), "d", "t") == "1-1");
        CHECK(peer.requests().at(0).find("Content-Type: application/json\r\n") != std::string::npos);
        scripted_server refusing("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
        CHECK_THROWS_AS(broadcast(refusing.port(), "d"), test_failure);
    }
}
