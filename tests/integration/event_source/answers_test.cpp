#include "client.hpp"
#include <support/scripted_server.hpp>

#include <doctest/doctest.h>

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
                  "the server's answer is not of the type text/event-stream, or is coded"},
                 {"HTTP/1.1 200 OK\r\n\r\ndata: x\n\n", event_source_errc::not_an_event_stream,
                  "the server's answer is not of the type text/event-stream, or is coded"},
                 {redirect(302, "ftp://x/"), event_source_errc::bad_redirect, "the redirection leads nowhere"},
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
        for (int const status : {429, 500, 502, 503, 504}) {
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
        }
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
}

} // namespace sluice::test
