// Against the real server.

#include "client.hpp"
#include <support/event_stream.hpp>
#include <support/http_connection.hpp>
#include <support/server_process.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

std::string url_of(server_process const& server) { return server.listening().front() + "/events"; }

boost::json::object object_of(sluice::received_event const& e) { return boost::json::parse(e.data).as_object(); }

void disconnect(server_process const& server, std::string const& session)
{
    http_connection control{server.port()};
    auto const response = control.request({.method = "POST", .target = "/disconnect?session=" + session});
    REQUIRE(response.status == 200);
}

std::unique_ptr<server_process> start(std::vector<std::string> arguments, std::uint16_t port = 0)
{
    arguments.insert(arguments.end(), {"--listen", fmt::format("127.0.0.1:{}", port)});
    return std::make_unique<server_process>(std::move(arguments));
}

} // namespace

TEST_SUITE("event_source/hub")
{
    TEST_CASE("events as they are published · with id, type, data and origin")
    {
        server_process const server{{"--retry", "20ms"}};
        client c{url_of(server)};
        CHECK(c.next().type == "connected");
        auto const id = broadcast(server.port(), "a\nb \xC3\xBC", "price");
        auto const e = c.next();
        CHECK(e ==
              sluice::received_event{
                  .type = "price", .data = "a\nb \xC3\xBC", .last_event_id = id, .origin = server.listening().front()});
        CHECK(c.source().last_event_id() == id);
    }

    TEST_CASE("dropped again and again · it resumes its session with exactly what it has not had")
    {
        server_process const server{{"--retry", "1ms", "--thrash-limit", "1000"}};
        auto options = quick();
        options.control_events = false;
        client c{url_of(server), options};
        sluice::received_event none;
        CHECK_FALSE(c.source().try_receive(none));
        c.run_until("the stream", [&c] { return c.source().state() == event_source_state::open; });
        auto const session = c.source().session_id();
        REQUIRE_FALSE(session.empty());
        std::vector<std::string> ids;
        std::size_t received = 0;
        for (int i = 0; i != 300; ++i) {
            ids.push_back(broadcast(server.port(), std::to_string(i)));
            if (i % 10 == 3) {
                disconnect(server, session);
            }
            // By turns something, and all that there is: so each drop comes at another place.
            auto const until = i % 10 == 9 ? ids.size() : received + (i % 7 == 0 ? 1 : 0);
            while (received < until) {
                auto const e = c.next();
                CHECK(e.last_event_id == ids[received]);
                CHECK(e.data == std::to_string(received));
                ++received;
            }
        }
        while (received != ids.size()) {
            auto const e = c.next();
            REQUIRE(e.last_event_id == ids[received]);
            ++received;
        }
        CHECK(c.source().session_id() == session);
        CHECK(c.log().size() > 50);
    }

    TEST_CASE("back after a drop · the connected event says resumed")
    {
        server_process const server{{"--retry", "1ms"}};
        client c{url_of(server)};
        CHECK_FALSE(object_of(c.next_of_type("connected")).at("resumed").as_bool());
        disconnect(server, c.source().session_id());
        broadcast(server.port(), "x");
        CHECK(object_of(c.next_of_type("connected")).at("resumed").as_bool());
        CHECK(c.next_of_type("message").data == "x");
    }

    TEST_CASE("killed and started anew · it comes back to a new session, and goes on")
    {
        auto server = start({"--retry", "20ms"});
        auto const port = server->port();
        client c{url_of(*server), quick()};
        c.next_of_type("connected");
        auto const session = c.source().session_id();
        broadcast(port, "before");
        CHECK(c.next().data == "before");
        server->terminate(SIGKILL);
        (void)server->wait_exit();
        server.reset();
        bool done = false;
        sluice::received_event got;
        c.source().async_receive([&](error_code, sluice::received_event e) {
            got = std::move(e);
            done = true;
        });
        c.run_until("some failed attempts", [&c] { return c.log().size() >= 4; });
        server = start({"--retry", "20ms"}, port);
        c.run_until("the new stream", [&done] { return done; });
        // Its old id is another log's: that is told, and nothing is lost silently.
        if (got.type != "connected") {
            CHECK(got.type == "buffer-overflow");
            got = c.next_of_type("connected");
        }
        CHECK(c.source().session_id() == session); // the claim that it makes is explicit
        auto const id = broadcast(port, "after");
        CHECK(c.next_of_type("message").last_event_id == id);
    }

    TEST_CASE("drained · it stays away as long as the server says")
    {
        auto server = start({"--retry", "500ms", "--drain-spread", "500ms"});
        auto const port = server->port();
        client c{url_of(*server), quick()};
        c.next_of_type("connected");
        server->terminate();
        auto const retry =
            std::chrono::milliseconds{object_of(c.next_of_type("shutdown")).at("retry").to_number<int>()};
        CHECK(retry >= 500ms);
        CHECK(server->wait_exit() == exit_status{.code = 0});
        server.reset();
        server = start({}, port);
        auto const ended = [&c] { return c.log().size() == 2; };
        sluice::received_event none;
        CHECK_FALSE(c.source().try_receive(none));
        c.run_until("the end of the stream", ended);
        auto const since = clock::now();
        c.next_of_type("connected");
        CHECK(clock::now() - since >= retry - 50ms);
    }

    TEST_CASE("a full server · is come back to when it says")
    {
        server_process const server{{"--max-connections", "1", "--retry", "100ms", "--drain-spread", "0"}};
        std::optional<event_stream> first{std::in_place, server.port()};
        client c{url_of(server), quick()};
        bool done = false;
        c.source().async_receive([&done](error_code ec, sluice::received_event const&) { done = !ec; });
        c.run_until("a refusal", [&c] { return !c.log().empty(); });
        auto const since = clock::now();
        first.reset();
        c.run_until("the stream", [&done] { return done; });
        c.next_of_type("connected");
        CHECK(clock::now() - since >= 90ms); // the retry of server-busy
    }

    TEST_CASE("taken over · it takes its session back, and has lost nothing")
    {
        server_process const server{{"--retry", "200ms"}};
        client c{url_of(server)};
        c.next_of_type("connected");
        auto const id = broadcast(server.port(), "0");
        CHECK(c.next().data == "0");
        event_stream other{server.port(), {.session = c.source().session_id(), .user_agent = "sluice-event-source"}};
        broadcast(server.port(), "1");
        CHECK(other.next_of_type("message").data == "1");
        auto const e = c.next_of_type("message");
        CHECK(e.data == "1");
        CHECK(e.last_event_id != id);
        other.wait_end();
    }

    TEST_CASE("a minted session is claimed by its header, and a token sent")
    {
        server_process const server{{"--publish-token", "p", "--subscribe-token", "s"}};
        http_connection control{server.port()};
        auto const minted =
            control.request({.method = "POST", .target = "/sessions", .headers = {{"Authorization", "Bearer p"}}});
        REQUIRE(minted.status == 201);
        std::string const session{minted.json().at("sessionId").as_string()};
        client stranger{url_of(server)};
        CHECK(stranger.end() == event_source_errc::unexpected_status);
        event_source_options options;
        options.headers = {{"Authorization", "Bearer s"}, {"X-SSE-Session-ID", session}};
        client c{url_of(server), options};
        CHECK(std::string_view{object_of(c.next_of_type("connected")).at("sessionId").as_string()} == session);
        CHECK(c.source().session_id() == session);
    }

    TEST_CASE("heartbeats keep a stream on which nothing else comes")
    {
        server_process const server{{"--heartbeat-interval", "100ms"}};
        auto options = quick();
        options.heartbeat_deadline = 1s * slowness();
        options.control_events = false;
        client c{url_of(server), options};
        c.context().run_for(50ms);
        bool done = false;
        c.source().async_receive([&done](error_code, sluice::received_event const&) { done = true; });
        auto const since = clock::now();
        c.run_until("more time than the deadline",
                    [&] { return clock::now() - since > options.heartbeat_deadline * 2; });
        CHECK_FALSE(done);
        CHECK(c.log() == std::vector<std::string>{"open"});
        broadcast(server.port(), "x");
        c.run_until("the event", [&done] { return done; });
    }

    TEST_CASE("a server that stands still is given up at the deadline, and resumed when it moves")
    {
        server_process const server{{"--heartbeat-interval", "100ms", "--retry", "20ms"}};
        auto options = quick();
        options.heartbeat_deadline = 600ms * slowness();
        options.control_events = false;
        client c{url_of(server), options};
        bool done = false;
        sluice::received_event got;
        c.source().async_receive([&](error_code, sluice::received_event e) {
            got = std::move(e);
            done = true;
        });
        c.run_until("the stream", [&c] { return !c.log().empty(); });
        REQUIRE(::kill(server.pid(), SIGSTOP) == 0);
        c.run_until("the deadline", [&c] { return c.log().size() >= 2; });
        CHECK(c.log()[1].find("nothing came for") != std::string::npos);
        REQUIRE(::kill(server.pid(), SIGCONT) == 0);
        c.run_until("the stream again", [&c] { return c.log().back() == "open"; });
        broadcast(server.port(), "x");
        c.run_until("the event", [&done] { return done; });
        CHECK(got.data == "x");
    }

    TEST_CASE("without a deadline that was set · heartbeats, once there were some, are waited for")
    {
        struct row {
            std::vector<std::string> arguments;
            std::size_t heartbeats;
        };
        for (auto const& r : std::vector<row>{
                 {{"--heartbeat-interval", "100ms", "--retry", "20ms"}, 1},
                 {{"--heartbeat-interval", "700ms", "--retry", "20ms", "--heartbeat-style", "comment"}, 2}}) {
            CAPTURE(r.heartbeats);
            server_process const server{r.arguments};
            auto options = quick();
            options.learned_deadline = 1s * slowness();
            client c{url_of(server), options};
            bool done = false;
            std::function<void(error_code, sluice::received_event const&)> again = [&](error_code ec, auto const& e) {
                done = !ec && e.data == "x";
                if (!ec && !done) {
                    c.source().async_receive(again);
                }
            };
            c.source().async_receive(again);
            auto const since = clock::now();
            // Longer than the deadline, within which the heartbeats come.
            c.run_until("heartbeats", [&] { return clock::now() - since > 2 * options.learned_deadline; });
            CHECK(c.log() == std::vector<std::string>{"open"});
            REQUIRE(::kill(server.pid(), SIGSTOP) == 0);
            c.run_until("the deadline", [&c] { return c.log().size() >= 2; });
            CHECK(c.log()[1].find("nothing came for") != std::string::npos);
            REQUIRE(::kill(server.pid(), SIGCONT) == 0);
            c.run_until("the stream again", [&c] { return c.log().back() == "open"; });
            broadcast(server.port(), "x");
            c.run_until("the event", [&done] { return done; });
        }
    }

    TEST_CASE("over a Unix socket")
    {
        auto const path = std::filesystem::temp_directory_path() / fmt::format("sluice-client-{}.sock", ::getpid());
        server_process const server{{"--listen", "unix:" + path.string()}};
        event_source_options options;
        options.unix_socket = path;
        client c{"http://localhost/events", options};
        CHECK(c.next().type == "connected");
        broadcast(endpoint::unix_socket(path), "x");
        CHECK(c.next().data == "x");
    }
}

} // namespace sluice::test
