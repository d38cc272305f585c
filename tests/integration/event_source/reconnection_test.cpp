#include "client.hpp"
#include <support/scripted_server.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

std::string chunk(std::string_view bytes) { return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

/// The events `from` to 5, each with its number as its id and its data.
std::string events_from(int from)
{
    std::string bytes;
    for (int i = from; i <= 5; ++i) {
        bytes += fmt::format("id: {}\ndata: {}\n\n", i, i);
    }
    return bytes;
}

std::string events_after(std::string const& request)
{
    auto const last = field_of(request, "Last-Event-ID");
    return events_from(last.empty() ? 1 : std::stoi(last) + 1);
}

struct framing_row {
    char const* name;
    std::string (*response)(std::string const& body);
};

framing_row const framings[] = {
    {"chunked",
     [](std::string const& body) {
         return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
                chunk(body.substr(0, body.size() / 2)) + chunk(body.substr(body.size() / 2)) + "0\r\n\r\n";
     }},
    {"of a length",
     [](std::string const& body) {
         return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {}\r\n\r\n{}",
                            body.size(), body);
     }},
    {"until the close", [](std::string const& body) { return std::string{stream_head} + body; }},
    {"HTTP/1.0",
     [](std::string const& body) { return "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + body; }},
};

} // namespace

TEST_SUITE("event_source/reconnection")
{
    TEST_CASE("a response that breaks off at any byte · each event comes once, in order")
    {
        for (auto const& framing : framings) {
            CAPTURE(framing.name);
            auto const size = framing.response(events_from(1)).size();
            for (std::size_t cut = 0; cut <= size; ++cut) {
                CAPTURE(cut);
                scripted_server server{[&](stream_socket& peer, std::string const& request, std::size_t visit) {
                    auto const whole = framing.response(events_after(request));
                    peer.try_send(visit == 0 ? whole.substr(0, cut) : whole);
                    if (visit == 0 && cut % 2 == 1) {
                        peer.reset();
                    }
                }};
                client c{server.url(), quick()};
                std::vector<std::string> ids;
                while (ids.size() < 5) {
                    auto const e = c.next();
                    CHECK(e.data == e.last_event_id);
                    ids.push_back(e.last_event_id);
                }
                CHECK(ids == std::vector<std::string>{"1", "2", "3", "4", "5"});
            }
        }
    }

    TEST_CASE("a response that is whole ends the stream, though the server keeps the connection")
    {
        for (auto const& framing : {framings[0], framings[1]}) {
            CAPTURE(framing.name);
            scripted_server server{reply_and_hold(framing.response("data: x\n\n"))};
            client c{server.url(), quick()};
            CHECK(c.next().data == "x");
            CHECK(c.next().data == "x");
            CHECK(c.log()[1] == server.url() + ": the server ended the connection");
        }
    }

    TEST_CASE("a stream that brought something is no failure when it ends, one that brought nothing is")
    {
        auto options = quick();
        options.max_backoff = 1h;
        scripted_server brief{fmt::format("{}data: x\n\n", stream_head)};
        client c{brief.url(), options};
        for (int i = 0; i != 20; ++i) {
            CHECK(c.next().data == "x"); // failures would have added up to a day by now
        }
        scripted_server empty{std::string{stream_head}};
        client patient{empty.url(), options};
        received_event none;
        CHECK_FALSE(patient.source().try_receive(none));
        auto const since = clock::now();
        patient.run_until("half a second", [since] { return clock::now() - since > 500ms; });
        CHECK(empty.visits() > 0);
        CHECK(empty.visits() < 50);
    }

    TEST_CASE("the event that a break cut is dropped with its id, and asked for again")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t visit) {
            peer.send(stream_head);
            peer.send(visit == 0 ? "id: 1\ndata: a\n\nid: 2\ndata: b\n" : "data: c\n\n");
        }};
        client c{server.url(), quick()};
        CHECK(c.next().data == "a");
        auto const e = c.next();
        CHECK(e.data == "c");
        CHECK(e.last_event_id == "1");
        CHECK(e.type == "message");
        CHECK(e.origin == server.origin());
        CHECK(field_of(server.requests()[1], "Last-Event-ID") == "1");
    }

    TEST_CASE("the last event id · from the options, then from blocks without data, too; an empty one is not sent")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t visit) {
            peer.send(stream_head);
            peer.send(visit == 0 ? "id: 7\n\n" : visit == 1 ? "id\n\n" : "data: x\n\n");
            if (visit == 2) {
                await_close(peer);
            }
        }};
        auto options = quick();
        options.last_event_id = "6";
        client c{server.url(), options};
        CHECK(c.source().last_event_id() == "6");
        CHECK(c.next().last_event_id.empty());
        auto const requests = server.requests();
        CHECK(field_of(requests[0], "Last-Event-ID") == "6");
        CHECK(field_of(requests[1], "Last-Event-ID") == "7");
        CHECK(requests[2].find("Last-Event-ID") == std::string::npos);
    }

    TEST_CASE("retry · the stream's, from then on")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t visit) {
            peer.send(stream_head);
            peer.send(visit == 0 ? "retry: 400\ndata: x\n\n" : "data: y\n\n");
        }};
        client c{server.url(), quick()};
        CHECK(c.next().data == "x");
        for (int i = 0; i != 2; ++i) {
            auto const since = clock::now();
            CHECK(c.next().data == "y");
            auto const took = clock::now() - since;
            CHECK(took >= 390ms);
            CHECK(took < 400ms + 1s * slowness());
        }
    }

    TEST_CASE("retry · one of 0 is no reason to be back at once, and one of a day none to stay away")
    {
        scripted_server at_once{fmt::format("{}retry: 0\ndata: x\n\n", stream_head)};
        event_source_options options;
        client c{at_once.url(), options};
        auto const since = clock::now();
        for (int i = 0; i != 4; ++i) {
            CHECK(c.next().data == "x");
        }
        CHECK(clock::now() - since >= 3 * options.min_retry);
        scripted_server much_later{fmt::format("{}retry: 86400000\ndata: x\n\n", stream_head)};
        options.max_retry = 200ms;
        client patient{much_later.url(), options};
        for (int i = 0; i != 3; ++i) {
            CHECK(patient.next().data == "x");
        }
    }

    TEST_CASE("the session and cookies are told again")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-SSE-Session-ID: s1\r\n"
                      "Set-Cookie: sse-session-id=s1; Path=/; HttpOnly\r\nSet-Cookie: lb=7\r\n\r\ndata: x\n\n");
        }};
        client c{server.url(), quick()};
        CHECK(c.source().session_id().empty());
        c.next();
        CHECK(c.source().session_id() == "s1");
        c.next();
        auto const requests = server.requests();
        CHECK(requests[0].find("X-SSE-Session-ID") == std::string::npos);
        CHECK(requests[0].find("Cookie") == std::string::npos);
        CHECK(field_of(requests[1], "X-SSE-Session-ID") == "s1");
        CHECK(field_of(requests[1], "Cookie") == "sse-session-id=s1; lb=7");
    }

    TEST_CASE("a server that is not there is tried until it is; each failure is told")
    {
        std::uint16_t port = 0;
        {
            scripted_server const gone{[](stream_socket&, std::string const&, std::size_t) {}};
            port = gone.port();
        }
        client c{fmt::format("http://127.0.0.1:{}/", port), quick()};
        bool done = false;
        c.source().async_receive([&done](error_code, received_event const&) { done = true; });
        c.run_until("three failures", [&c] { return c.log().size() >= 3; });
        CHECK_FALSE(done);
        CHECK(c.log()[1] == fmt::format("http://127.0.0.1:{}/: Connection refused", port));
        CHECK(c.source().why() == c.log().back());
        CHECK(c.source().state() == event_source_state::connecting);
    }

    TEST_CASE("a stream that brings nothing is given up at the deadline; comments keep it")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t visit) {
            peer.send(stream_head);
            if (visit == 0) {
                // Until the client has seen longer than the deadline that comments are enough.
                for (int i = 0; i != 10; ++i) {
                    peer.try_send(":\n");
                    std::this_thread::sleep_for(50ms);
                }
                peer.try_send("data: still\n\n");
                await_close(peer);
            } else {
                peer.send("data: again\n\n");
                await_close(peer);
            }
        }};
        auto options = quick();
        options.heartbeat_deadline = 300ms * slowness();
        client c{server.url(), options};
        CHECK(c.next().data == "still");
        CHECK(c.log() == std::vector<std::string>{"open"});
        CHECK(c.next().data == "again");
        CHECK(c.log() == std::vector<std::string>{"open",
                                                  fmt::format("{}: nothing came for {} ms", server.url(),
                                                              options.heartbeat_deadline.count()),
                                                  "open"});
    }

    TEST_CASE("the deadline does not run while events wait to be received")
    {
        std::atomic<bool> open = false;
        std::atomic<bool> late = false;
        std::atomic<bool> sent = false;
        scripted_server server{[&](stream_socket& peer, std::string const&, std::size_t visit) {
            peer.send(stream_head);
            eventually("the client to wait for events", [&open] { return open.load(); });
            peer.send(fmt::format("data: {}\n\ndata: b\n\n", visit));
            eventually("more time than the deadline", [&late] { return late.load(); });
            sent = peer.try_send("data: c\n\n");
            await_close(peer);
        }};
        auto options = quick();
        options.heartbeat_deadline = 200ms * slowness();
        options.on_state = [&open](event_source_state, std::string_view) { open = true; };
        client c{server.url(), options};
        CHECK(c.next().data == "0");
        c.context().restart();
        c.context().run_for(options.heartbeat_deadline * 2);
        late = true;
        eventually("c to be sent", [&sent] { return sent.load(); });
        CHECK(c.next().data == "b");
        CHECK(c.next().data == "c");
        CHECK(c.log() == std::vector<std::string>{"open"});
    }

    TEST_CASE("a server that takes the connection and says nothing is given up, too")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t visit) {
            if (visit == 0) {
                peer.send("HTTP/1.1 200 OK\r\nContent-");
            } else {
                peer.send(stream_head);
                peer.send("data: x\n\n");
            }
            await_close(peer);
        }};
        auto options = quick();
        options.connect_timeout = 200ms * slowness();
        client c{server.url(), options};
        CHECK(c.next().data == "x");
        CHECK(c.log().front() ==
              fmt::format("{}: no answer within {} ms", server.url(), options.connect_timeout.count()));
    }

    TEST_CASE("times beyond what a clock can say are long ones, and times below 0 are none")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            peer.send("data: x\n\n");
        }};
        event_source_options options;
        for (auto* const time : {&options.retry, &options.min_retry, &options.max_retry, &options.max_backoff,
                                 &options.connect_timeout, &options.heartbeat_deadline, &options.learned_deadline}) {
            *time = std::chrono::milliseconds::max();
        }
        client patient{server.url(), options};
        CHECK(patient.next().data == "x");
        received_event none;
        CHECK_FALSE(patient.source().try_receive(none));
        patient.run_until("the end of the stream", [&] { return patient.log().size() == 2; });
        patient.context().restart();
        patient.context().run_for(50ms);
        CHECK(patient.log().size() == 2);
        CHECK(server.visits() == 1);
        for (auto* const time : {&options.retry, &options.min_retry, &options.max_retry, &options.max_backoff,
                                 &options.connect_timeout, &options.heartbeat_deadline, &options.learned_deadline}) {
            *time = std::chrono::milliseconds::min();
        }
        client hasty{server.url(), options};
        CHECK(hasty.next().data == "x");
        CHECK(hasty.next().data == "x");
        CHECK(hasty.log()[1].ends_with("the server ended the connection"));
    }

    TEST_CASE("a slow receiver loses nothing of what is larger than all buffers")
    {
        constexpr int count = 20000;
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            std::string bytes{stream_head};
            for (int i = 0; i != count; ++i) {
                bytes += fmt::format("data: {} {}\n\n", i, std::string(200, 'x'));
            }
            peer.send(bytes, 60s);
            await_close(peer);
        }};
        client c{server.url(), quick()};
        received_event e;
        for (int i = 0; i != count; ++i) {
            // By turns: both ways to an event lead through the same bytes.
            if (i % 3 == 0 || !c.source().try_receive(e)) {
                e = c.next();
            }
            REQUIRE(e.data.substr(0, e.data.find(' ')) == std::to_string(i));
        }
    }
}

} // namespace sluice::test
