#include <support/event_stream.hpp>

#include <support/failure.hpp>
#include <support/scripted_server.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                  "X-SSE-Session-ID: abc\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view opening = "retry: 3000\nid: 7-0\n\nevent: connected\ndata: {\"replay\":2}\n\n";

std::string chunk(std::string_view bytes) { return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

std::string stream_of(std::string_view rest, bool ended = true)
{
    return fmt::format("{}{}{}{}", head, chunk(opening), chunk(rest), ended ? "0\r\n\r\n" : "");
}

} // namespace

TEST_SUITE("support/event_stream")
{
    TEST_CASE("request · carries every claim and option where it belongs")
    {
        const stream_options options{.session = "q 1",
                                     .session_header = "h1",
                                     .session_cookie = "c1",
                                     .last_event_id = "1-2",
                                     .types = {"a", "b c"},
                                     .query = "client_version=2",
                                     .user_agent = "me",
                                     .accept = std::nullopt,
                                     .headers = {{"X-A", "b"}},
                                     .version = "1.0"};
        CHECK(options.to_request().to_bytes("h") ==
              "GET /events?session=q%201&types=a,b%20c&client_version=2 HTTP/1.0\r\nHost: h\r\nX-A: "
              "b\r\nUser-Agent: me\r\n"
              "X-SSE-Session-ID: h1\r\nCookie: sse-session-id=c1\r\nLast-Event-ID: 1-2\r\n\r\n");
    }

    TEST_CASE("stream · the priming block, connected, events, and a clean end")
    {
        scripted_server peer(stream_of("id: 7-1\ndata: a\n\n:\n\nid: 7-2\nevent: x\ndata: b\n\n"));
        event_stream stream(peer.port());
        CHECK(stream.session_id() == "abc");
        CHECK(stream.connected().at("replay") == 2);
        const auto priming = stream.next();
        CHECK(priming.retry == 3000);
        CHECK(priming.id == "7-0");
        CHECK_FALSE(priming.has_data);
        CHECK(stream.expect("connected").data == "{\"replay\":2}");
        CHECK(stream.next_event().data == "a");
        CHECK(stream.next_event().data == "b");
        CHECK(stream.last_event_id() == "7-2");
        CHECK_FALSE(stream.next_or_end().has_value());
        CHECK(stream.wait_end() == stream_end::last_chunk);
        CHECK(stream.unfinished().empty());
    }

    TEST_CASE("stream · read by single bytes it is the same")
    {
        scripted_server peer(stream_of("id: 7-1\ndata: a\n\n"));
        event_stream stream(peer.port());
        while (stream.read_some({}, 1)) {
        }
        CHECK(stream.end() == stream_end::last_chunk);
        CHECK(stream.next_of_type("message").data == "a");
    }

    TEST_CASE("end · an abrupt close, an event that was cut, a reset, and HTTP/1.0 are told apart")
    {
        scripted_server closing(stream_of("id: 7-1\nda", false));
        event_stream closed(closing.port());
        CHECK(closed.wait_end() == stream_end::closed);
        CHECK(closed.unfinished() == "id: 7-1\nda");
        CHECK(closed.last_event_id() == "7-0");

        scripted_server old("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n");
        event_stream unframed(old.port(), {.version = "1.0"});
        CHECK(unframed.next_event().data == "a");
        CHECK(unframed.wait_end() == stream_end::closed);

        scripted_server resetting([](stream_socket& socket, const std::string&, std::size_t) {
            socket.send(stream_of("data: a\n\n", false));
            std::string ignored;
            socket.receive(ignored, {}); // the client has read all, so that the reset overtakes nothing
            socket.reset();
        });
        event_stream stream(resetting.port());
        CHECK(stream.next_of_type("message").data == "a");
        stream.connection().send("x");
        CHECK(stream.wait_end() == stream_end::reset);
    }

    TEST_CASE("failures · another type, silence, the end, and a response that is no stream")
    {
        scripted_server peer(stream_of("data: a\n\n"));
        event_stream stream(peer.port());
        CHECK_THROWS_AS(stream.expect("message"), test_failure); // it is `connected`
        CHECK_THROWS_AS(stream.next_of_type("other"), test_failure);
        CHECK_THROWS_AS(stream.next(), test_failure);

        scripted_server holding(reply_and_hold(stream_of("data: a\n\n", false)));
        event_stream silent(holding.port());
        silent.next_of_type("message");
        CHECK_THROWS_AS(silent.next(20ms), test_failure);
        CHECK_THROWS_AS(silent.wait_end(20ms), test_failure);

        const std::string forbidden = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
        scripted_server refusing(forbidden);
        CHECK_THROWS_AS(event_stream(refusing.port()), test_failure);
        scripted_server refusing_again(forbidden);
        CHECK(event_stream::refused(refusing_again.port(), {}).body == "no");
    }

    TEST_CASE("no_event_within · passes on comments, fails on an event")
    {
        scripted_server quiet(reply_and_hold(stream_of(":\n", false)));
        event_stream silent(quiet.port());
        silent.expect("connected");
        silent.no_event_within(20ms);
        scripted_server loud(reply_and_hold(stream_of("data: a\n\n", false)));
        event_stream stream(loud.port());
        stream.expect("connected");
        CHECK_THROWS_AS(stream.no_event_within(20ms), test_failure);
    }

    TEST_CASE("barrier · returns what came before the marker")
    {
        scripted_server peer([](stream_socket& socket, const std::string&, std::size_t) {
            socket.send(stream_of("data: a\n\n", false));
            std::string marker;
            socket.receive(marker, {});
            socket.send(chunk("data: b\n\ndata: " + marker + "\n\ndata: c\n\n"));
            socket.receive(marker, {});
        });
        event_stream stream(peer.port());
        stream.expect("connected");
        const auto before = stream.barrier([&](const std::string& marker) { stream.connection().send(marker); });
        REQUIRE(before.size() == 2);
        CHECK(before[0].data == "a");
        CHECK(before[1].data == "b");
        CHECK(stream.next_event().data == "c");
        CHECK(stream.try_read_available().empty());
    }
}
