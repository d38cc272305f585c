// Timeouts of HTTP connections. That of a request is fixed and long, so everything waits at the same time, each on its
// own thread.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <future>
#include <thread>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::steady_clock;

constexpr auto publish_head = "POST /broadcast HTTP/1.1\r\nHost: x\r\n"
                              "Content-Type: application/x-www-form-urlencoded\r\n";

void require(bool holds, std::string_view expected, std::string_view came = "not so")
{
    if (!holds) {
        fail(expected, came);
    }
}

/// The time since `start` must lie in [least, most]; the upper bound stretches on slow builds.
void require_elapsed(steady_clock::time_point start, std::chrono::milliseconds least, std::chrono::milliseconds most)
{
    const auto elapsed = steady_clock::now() - start;
    require(elapsed >= least && elapsed <= most * slowness(),
            fmt::format("between {} and {} ms", least.count(), most.count()),
            fmt::format("{} ms", std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count()));
}

/// For so long nothing comes, and the connection stays.
void stays_silent(http_connection& connection, std::chrono::milliseconds time)
{
    std::string answer;
    const auto came = connection.socket().receive(answer, deadline::unscaled(time));
    require(came == receive_result::timed_out, "a connection that stays and on which nothing comes", printable(answer));
}

/// 408, or another refusal, about ten seconds after `start`, and the end of the connection.
void require_late(http_connection& connection, steady_clock::time_point start, int status = 408)
{
    const auto response = connection.read_response(20s);
    require(response.status == status, fmt::format("{}", status), fmt::format("{}", response.status));
    require_elapsed(start, 9'500ms, 13'000ms);
    connection.read_eof(5s);
}

void head_that_stops(const endpoint& to)
{
    http_connection connection(to);
    const auto start = steady_clock::now();
    connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Part: ");
    require_late(connection, start);
}

void request_line_that_stops(const endpoint& to)
{
    http_connection connection(to);
    const auto start = steady_clock::now();
    connection.send("G");
    require_late(connection, start);
}

/// Sends one byte a second, whatever comes back, until the server ends the connection.
void head_that_trickles(const endpoint& to)
{
    http_connection connection(to);
    const auto start = steady_clock::now();
    connection.send("GET /healthz HTTP/1.1\r\nX-Slow: ");
    std::string answer;
    while (connection.socket().receive(answer, deadline::unscaled(1s)) == receive_result::timed_out) {
        require(steady_clock::now() - start < 20s * slowness(), "an end of a header that trickles");
        connection.socket().try_send("x");
    }
    require_elapsed(start, 9'500ms, 14'000ms);
    require(answer.starts_with("HTTP/1.1 408 "), "408", printable(answer));
}

void second_head_that_stops(const endpoint& to)
{
    http_connection connection(to);
    require(connection.get("/healthz").status == 200, "200");
    stays_silent(connection, 1500ms); // idle time counts for nothing: the ten seconds begin at the first byte
    const auto start = steady_clock::now();
    connection.send("GET /healthz HTTP/1.1\r\n");
    require_late(connection, start);
}

void body_that_stops(const endpoint& to)
{
    http_connection connection(to);
    const auto start = steady_clock::now();
    connection.send(fmt::format("{}Content-Length: 100\r\n\r\ndata=", publish_head));
    require_late(connection, start);
}

void body_that_never_comes(const endpoint& to)
{
    http_connection connection(to);
    const auto start = steady_clock::now();
    connection.send(fmt::format("{}Content-Length: 100\r\n\r\n", publish_head));
    require_late(connection, start);
}

/// Who is refused by the head hears of that, and not that the rest is late.
void refused_body_that_stops(const endpoint& to)
{
    http_connection connection(to);
    const auto start = steady_clock::now();
    connection.send(fmt::format("{}Origin: https://evil.example\r\nContent-Length: 100\r\n\r\n", publish_head));
    require_late(connection, start, 403);
}

void chunks_that_stop(const endpoint& to)
{
    http_connection connection(to);
    const auto start = steady_clock::now();
    connection.send(fmt::format("{}Transfer-Encoding: chunked\r\n\r\n5\r\ndata=\r\n", publish_head));
    require_late(connection, start);
}

/// A byte every three seconds is no pause of ten, but too little in all.
void body_that_trickles(const endpoint& to)
{
    http_connection connection(to);
    const auto start = steady_clock::now();
    connection.send(fmt::format("{}Content-Length: 100\r\n\r\ndata=", publish_head));
    std::string answer;
    while (connection.socket().receive(answer, deadline::unscaled(3s)) == receive_result::timed_out) {
        require(steady_clock::now() - start < 20s * slowness(), "an end of a body that trickles");
        connection.socket().try_send("x");
    }
    require_elapsed(start, 9'500ms, 14'000ms);
    require(answer.starts_with("HTTP/1.1 408 "), "408", printable(answer));
}

/// The same in chunks, of which the framing counts as little.
void chunks_that_trickle(const endpoint& to)
{
    http_connection connection(to);
    const auto start = steady_clock::now();
    connection.send(fmt::format("{}Transfer-Encoding: chunked\r\n\r\n", publish_head));
    std::string answer;
    while (connection.socket().receive(answer, deadline::unscaled(1s)) == receive_result::timed_out) {
        require(steady_clock::now() - start < 20s * slowness(), "an end of chunks that trickle");
        connection.socket().try_send("1\r\nx\r\n");
    }
    require_elapsed(start, 9'500ms, 14'000ms);
    require(answer.starts_with("HTTP/1.1 408 "), "408", printable(answer));
}

/// A slow body is no dead one: it has a second more for each 16 KiB.
void slow_body(const endpoint& to)
{
    http_connection connection(to);
    constexpr std::size_t piece = std::size_t{20} * 1024;
    constexpr std::size_t seconds = 12;
    connection.send(fmt::format("{}Content-Length: {}\r\n\r\ndata=", publish_head, 5 + seconds * piece));
    for (std::size_t i = 0; i < seconds; ++i) {
        stays_silent(connection, 1s);
        connection.send(std::string(piece, 'x'));
    }
    const auto response = connection.read_response(10s);
    require(response.status == 200, "200", fmt::format("{}", response.status));
}

struct behaviour {
    const char* name;
    std::function<void(const endpoint&)> run;
};

} // namespace

TEST_SUITE("contract/timeouts")
{
    TEST_CASE("connections · that stop or trickle, and those that have all their time")
    {
        server_process server({"--heartbeat-interval", "0"});
        event_stream stream(server.port(), {.types = {"beyond-the-time-of-requests"}});
        stream.connected();
        http_connection idle(server.port());
        CHECK(idle.get("/healthz").status == 200);
        const std::vector<behaviour> behaviours{
            {"a head that stops", head_that_stops},
            {"a request line that stops", request_line_that_stops},
            {"a head that trickles", head_that_trickles},
            {"a second head that stops", second_head_that_stops},
            {"a body that stops", body_that_stops},
            {"a body that never comes", body_that_never_comes},
            {"a refused body that stops", refused_body_that_stops},
            {"chunks that stop", chunks_that_stop},
            {"a body that trickles", body_that_trickles},
            {"chunks that trickle", chunks_that_trickle},
            {"a slow body", slow_body},
        };
        std::vector<std::future<void>> running;
        running.reserve(behaviours.size());
        for (const auto& each : behaviours) {
            running.push_back(std::async(std::launch::async, each.run, endpoint(server.port())));
        }
        for (std::size_t i = 0; i < running.size(); ++i) {
            try {
                running[i].get();
            } catch (const test_failure& failure) {
                FAIL_CHECK(std::string(behaviours[i].name) << ": " << std::string(failure.what()));
            }
        }
        stream.barrier("beyond-the-time-of-requests");
        CHECK(idle.get("/healthz").status == 200);
    }

    TEST_CASE("idle_timeout · closes a connection that is idle so long, without an answer, and no other")
    {
        server_process server({"--idle-timeout", "3s", "--heartbeat-interval", "0"});
        event_stream stream(server.port());
        stream.connected();
        http_connection used(server.port());
        CHECK(used.get("/healthz").status == 200);
        http_connection idle(server.port());
        CHECK(idle.get("/healthz").status == 200);
        http_connection silent(server.port());
        const auto start = steady_clock::now();
        const auto end_of = [](http_connection& connection) {
            connection.read_eof(); // fails when a byte comes
            return steady_clock::now();
        };
        auto idle_ended = std::async(std::launch::async, end_of, std::ref(idle));
        auto silent_ended = std::async(std::launch::async, end_of, std::ref(silent));
        // Longer than the timeout altogether, but at no time.
        for (int i = 0; i < 6; ++i) {
            stays_silent(used, 600ms);
            CHECK(used.get("/healthz").status == 200);
        }
        CHECK(idle_ended.get() - start >= 2'800ms);
        CHECK(silent_ended.get() - start >= 2'800ms);
        stream.barrier("stream-beyond-the-idle-timeout");
    }
}
