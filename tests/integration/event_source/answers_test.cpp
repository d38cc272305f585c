#include "client.hpp"
#include <support/gzip_encoder.hpp>
#include <support/scripted_server.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

std::string redirect(int status, std::string_view to)
{
    return fmt::format("HTTP/1.1 {} Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", status, to);
}

/// A stream of one event.
void give_event(stream_socket& peer)
{
    peer.send(stream_head);
    peer.send("data: x\n\n");
}

std::string target_of(std::string const& request) { return request.substr(4, request.find(' ', 4) - 4); }

struct coding_row {
    char const* coding;
    bool gzip;
    bool chunked;
};

/// Sends five events byte by byte, each once the one before was received: none waits for bytes that follow.
void send_events(stream_socket& peer, coding_row const& r, std::atomic<int> const& received)
{
    gzip_encoder encoder;
    int const before = received;
    for (int i = 0; i != 5; ++i) {
        auto const text = fmt::format("id: {0}\ndata: the same {0}\n\n", i);
        auto const bytes = r.gzip ? encoder.flush(text) : text;
        for (char const byte : bytes) {
            if (!peer.try_send(r.chunked ? fmt::format("1\r\n{}\r\n", byte) : std::string(1, byte))) {
                return; // it has the last event before the last bytes of the flush
            }
        }
        eventually("the event to be received", [&] { return received > before + i; });
    }
}

} // namespace

TEST_SUITE("event_source/answers")
{
    TEST_CASE("what is no stream ends it for good, with the reason")
    {
        struct row {
            std::string response;
            error_code code;
            std::string why;
        };
        for (auto const& r : std::vector<row>{
                 {"HTTP/1.1 204 No Content\r\n\r\n", event_source_errc::no_content,
                  "the server ended the stream for good (204)"},
                 {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", event_source_errc::unexpected_status,
                  "the server answered 403 Forbidden"},
                 {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", event_source_errc::unexpected_status,
                  "the server answered 404 Not Found"},
                 {"HTTP/1.1 200 OK\r\nContent-Type: text/x-bogus\r\n\r\ndata: x\n\n",
                  event_source_errc::not_an_event_stream,
                  "the server's answer is not text/event-stream, or has another content coding than gzip"},
                 {"HTTP/1.1 200 OK\r\n\r\ndata: x\n\n", event_source_errc::not_an_event_stream,
                  "the server's answer is not text/event-stream, or has another content coding than gzip"},
                 {redirect(302, "ftp://x/"), event_source_errc::bad_redirect, "the redirection has no usable Location"},
             }) {
            CAPTURE(r.response);
            scripted_server server{r.response};
            client c{server.url(), quick()};
            CHECK(c.end() == r.code);
            CHECK(c.source().state() == event_source_state::closed);
            CHECK(c.source().why() == fmt::format("{}: {}", server.url(), r.why));
            CHECK(c.log() == std::vector<std::string>{c.source().why()});
            CHECK(c.end() == r.code);
            CHECK(server.visits() == 1);
        }
    }

    TEST_CASE("204 behind a stream ends it, too")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t visit) {
            visit == 0 ? give_event(peer) : peer.send("HTTP/1.1 204 No Content\r\n\r\n");
        }};
        client c{server.url(), quick()};
        CHECK(c.next().data == "x");
        CHECK(c.end() == event_source_errc::no_content);
    }

    TEST_CASE("an event larger than the limit ends it")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            peer.try_send("data: x\n\ndata: " + std::string(200'000, 'x'));
            await_close(peer);
        }};
        auto options = quick();
        options.max_event_bytes = 100'000;
        client c{server.url(), options};
        CHECK(c.next().data == "x");
        CHECK(c.end() == errc::event_too_large);
    }

    TEST_CASE("a server under load is come back to, when it says")
    {
        for (int const status : {408, 425, 429, 500, 501, 502, 503, 504, 529}) {
            CAPTURE(status);
            scripted_server server{[status](stream_socket& peer, std::string const&, std::size_t visit) {
                if (visit == 0) {
                    peer.send(fmt::format("HTTP/1.1 {} No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", status));
                } else {
                    give_event(peer);
                }
            }};
            client c{server.url(), quick()};
            auto const since = clock::now();
            CHECK(c.next().data == "x");
            CHECK(clock::now() - since >= 1s);
            CHECK(c.log().front() == fmt::format("{}: the server answered {} No", server.url(), status));
            auto options = quick();
            options.strict = true;
            scripted_server always_so{fmt::format("HTTP/1.1 {} No\r\n\r\n", status)};
            client strict{always_so.url(), options};
            CHECK(strict.end() == event_source_errc::unexpected_status);
            CHECK(strict.source().status() == status);
        }
    }

    TEST_CASE("the status of the last answer is there as a number")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t visit) {
            if (visit == 0) {
                peer.send("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
            } else if (visit == 2) {
                give_event(peer);
            } else if (visit == 3) {
                peer.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
            }
        }};
        std::vector<int> told;
        client* self = nullptr;
        auto options = quick();
        options.on_state = [&](event_source_state, std::string_view) { told.push_back(self->source().status()); };
        client c{server.url(), options};
        self = &c;
        CHECK(c.source().status() == 0);
        CHECK(c.next().data == "x");
        CHECK(c.end() == event_source_errc::unexpected_status);
        // Refused, no answer, a stream and its end, refused for good.
        CHECK(told == std::vector<int>{503, 0, 200, 200, 403});
    }

    TEST_CASE("a busy server's stream is a refusal; it is come back to when it says")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t visit) {
            peer.send(stream_head);
            if (visit == 0) {
                peer.send("retry: 300\nevent: server-busy\ndata: {\"reason\":\"max_connections\",\"retry\":300}\n\n");
            } else {
                peer.send("retry: 20\nid: 7-3\nevent: connected\ndata: {}\n\n");
                await_close(peer);
            }
        }};
        auto options = quick();
        options.last_event_id = "7-1";
        SUBCASE("with control events") { options.control_events = true; }
        SUBCASE("without") { options.control_events = false; }
        client c{server.url(), options};
        auto const since = clock::now();
        if (options.control_events) {
            auto const busy = c.next();
            CHECK(busy.type == "server-busy");
            CHECK(busy.last_event_id == "7-1");
            auto const connected = c.next();
            CHECK(connected.type == "connected");
            CHECK(connected.last_event_id == "7-3");
        } else {
            received_event none;
            CHECK_FALSE(c.source().try_receive(none));
            c.run_until("the position", [&c] { return c.source().last_event_id() == "7-3"; });
        }
        CHECK(clock::now() - since >= 300ms);
        CHECK(c.log() == std::vector<std::string>{"open", server.url() + ": the server is busy", "open"});
        CHECK(field_of(server.requests()[1], "Last-Event-ID") == "7-1");
    }

    TEST_CASE("a server that shuts down says when to come back, before or in the last block")
    {
        for (auto const* const bytes : {"retry: 300\nevent: shutdown\ndata: {\"retry\":300}\n\n",
                                        "retry: 300\n\nevent: shutdown\ndata: {\"retry\":300}\n\n"}) {
            CAPTURE(std::string{bytes});
            scripted_server server{[bytes](stream_socket& peer, std::string const&, std::size_t visit) {
                peer.send(stream_head);
                peer.send(visit == 0 ? bytes : "data: x\n\n");
            }};
            client c{server.url(), quick()};
            auto const since = clock::now();
            CHECK(c.next().type == "shutdown");
            CHECK(c.next().data == "x");
            CHECK(clock::now() - since >= 300ms);
        }
    }

    TEST_CASE("a coding that is none, or gzip · each event is there as soon as it is flushed")
    {
        for (auto const& r : std::vector<coding_row>{{"identity", false, false},
                                                     {"gzip", true, false},
                                                     {"gzip", true, true},
                                                     {"identity, X-Gzip", true, true}}) {
            CAPTURE(r.coding);
            CAPTURE(r.chunked);
            std::atomic<int> received = 0;
            scripted_server server{[&](stream_socket& peer, std::string const& request, std::size_t) {
                CHECK(field_of(request, "Accept-Encoding") == "gzip");
                peer.send(
                    fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: {}\r\n{}\r\n",
                                r.coding, r.chunked ? "Transfer-Encoding: chunked\r\n" : ""));
                send_events(peer, r, received);
            }}; // it breaks off without a trailer
            client c{server.url(), quick()};
            for (int round = 0; round != 2; ++round) {
                for (int i = 0; i != 5; ++i) {
                    auto const e = c.next();
                    CHECK(e.data == fmt::format("the same {}", i));
                    CHECK(e.last_event_id == std::to_string(i));
                    ++received;
                }
            }
            CHECK(c.log()[1] == server.url() + ": the server ended the connection");
        }
    }

    TEST_CASE("gzip that unpacks to much is bounded as any stream, and what is no gzip is a reason to come back")
    {
        scripted_server large{[](stream_socket& peer, std::string const&, std::size_t) {
            gzip_encoder encoder;
            peer.try_send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n");
            peer.try_send(encoder.flush("data: x\n\ndata: " + std::string(5'000'000, 'x')));
            await_close(peer);
        }};
        auto options = quick();
        options.max_event_bytes = 1'000'000;
        client bounded{large.url(), options};
        CHECK(bounded.next().data == "x");
        CHECK(bounded.end() == errc::event_too_large);

        scripted_server broken{[](stream_socket& peer, std::string const&, std::size_t visit) {
            if (visit == 0) {
                peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n"
                          "data: x\n\n");
                await_close(peer);
            } else {
                give_event(peer);
            }
        }};
        client c{broken.url(), quick()};
        CHECK(c.next().data == "x");
        CHECK(c.log()[1] == broken.url() + ": the stream is not the gzip that its head announces");
    }

    TEST_CASE("Retry-After as a date")
    {
        auto const at = std::time(nullptr) + 2;
        std::tm parts{};
        gmtime_r(&at, &parts);
        std::string date(64, '\0');
        date.resize(std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
        scripted_server server{[&date](stream_socket& peer, std::string const&, std::size_t visit) {
            if (visit == 0) {
                peer.send(fmt::format("HTTP/1.1 503 No\r\nRetry-After: {}\r\nContent-Length: 0\r\n\r\n", date));
            } else {
                give_event(peer);
            }
        }};
        client c{server.url(), quick()};
        CHECK(c.next().data == "x");
        CHECK(std::chrono::system_clock::now() >= std::chrono::system_clock::from_time_t(at));
    }

    TEST_CASE("redirections are followed, each time anew from the start; those for good are remembered")
    {
        struct row {
            int status;
            bool for_good;
        };
        for (auto const& r : std::vector<row>{{301, true}, {302, false}, {303, false}, {307, false}, {308, true}}) {
            CAPTURE(r.status);
            scripted_server server{[&r](stream_socket& peer, std::string const& request, std::size_t) {
                target_of(request) == "/a/b" ? peer.send(redirect(r.status, "../c?d")) : give_event(peer);
            }};
            client c{server.url("/a/b"), quick()};
            CHECK(c.next().data == "x");
            CHECK(c.next().data == "x");
            std::vector<std::string> targets;
            for (auto const& request : server.requests()) {
                targets.push_back(target_of(request));
            }
            targets.resize(4); // the client may be ahead
            CHECK(targets == (r.for_good ? std::vector<std::string>{"/a/b", "/c?d", "/c?d", targets[3]}
                                         : std::vector<std::string>{"/a/b", "/c?d", "/a/b", "/c?d"}));
        }
    }

    TEST_CASE("redirections have a limit")
    {
        scripted_server server{redirect(307, "/events")};
        auto options = quick();
        options.max_redirects = 3;
        client c{server.url(), options};
        CHECK(c.end() == event_source_errc::too_many_redirects);
        CHECK(server.visits() == 4);
    }

    TEST_CASE("another origin does not learn who the client is, but is its own when it gives a session")
    {
        scripted_server other{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-SSE-Session-ID: theirs\r\n"
                      "Set-Cookie: c=theirs\r\n\r\nid: 1\ndata: x\n\n");
        }};
        scripted_server server{
            [&other](stream_socket& peer, std::string const&, std::size_t) { peer.send(redirect(307, other.url())); }};
        auto options = quick();
        options.headers = {{"Authorization", "Bearer t"}, {"Cookie", "mine=1"}, {"X-Y", "y"}};
        client c{server.url(), options};
        CHECK(c.next().origin == other.origin());
        c.next();
        for (auto const& request : server.requests()) {
            CHECK(field_of(request, "Authorization") == "Bearer t");
            CHECK(field_of(request, "Cookie") == "mine=1");
            CHECK(request.find("theirs") == std::string::npos);
        }
        for (auto const& request : other.requests()) {
            CHECK(request.find("Bearer") == std::string::npos);
            CHECK(request.find("mine") == std::string::npos);
            CHECK(field_of(request, "X-Y") == "y");
        }
        CHECK(field_of(other.requests()[1], "X-SSE-Session-ID") == "theirs");
        CHECK(field_of(other.requests()[1], "Cookie") == "c=theirs");
    }

    TEST_CASE("control events may be left out")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            peer.send("event: connected\ndata: {}\n\nid: 5\nevent: heartbeat\ndata: {}\n\ndata: x\n\n");
            await_close(peer);
        }};
        client all{server.url(), quick()};
        CHECK(all.next().type == "connected");
        all.destroy();
        auto options = quick();
        options.control_events = false;
        client c{server.url(), options};
        auto const e = c.next();
        CHECK(e.data == "x");
        CHECK(e.last_event_id == "5");
    }

    TEST_CASE("control events left out · what tells a loss is received all the same")
    {
        scripted_server server{[](stream_socket& peer, std::string const&, std::size_t) {
            peer.send(stream_head);
            peer.send("id: 1-9\nevent: connected\ndata: {\"dropped\":50}\n\n"
                      "event: buffer-overflow\ndata: {\"dropped\":50,\"kept\":1}\n\n"
                      "event: replay-start\ndata: {\"count\":1}\n\n: replayed\nid: 1-10\ndata: x\n\n"
                      "event: replay-end\ndata: {}\n\nevent: heartbeat\ndata: {}\n\nevent: no-buffer\ndata: {}\n\n"
                      "event: shutdown\ndata: {}\n\ndata: y\n\n");
            await_close(peer);
        }};
        auto options = quick();
        options.control_events = false;
        client c{server.url(), options};
        auto const loss = c.next();
        CHECK(loss.type == "buffer-overflow");
        CHECK(loss.data == R"({"dropped":50,"kept":1})");
        CHECK(loss.last_event_id == "1-9");
        CHECK(c.next().data == "x");
        CHECK(c.next().type == "no-buffer");
        CHECK(c.next().data == "y");
    }
}

} // namespace sluice::test
