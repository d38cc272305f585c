// Timeouts of HTTP connections. They are long, so everything waits at the same time, each on its own thread.
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
    std::this_thread::sleep_for(3s); // idle time counts for nothing: the ten seconds begin at the first byte
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
    constexpr std::size_t seconds = 14;
    connection.send(fmt::format("{}Content-Length: {}\r\n\r\ndata=", publish_head, 5 + seconds * piece));
    for (std::size_t i = 0; i < seconds; ++i) {
        std::this_thread::sleep_for(1s);
        connection.send(std::string(piece, 'x'));
    }
    const auto response = connection.read_response(10s);
    require(response.status == 200, "200", fmt::format("{}", response.status));
}

void idle_between_requests(const endpoint& to)
{
    http_connection connection(to);
    require(connection.get("/healthz").status == 200, "200");
    const auto start = steady_clock::now();
    connection.read_eof(110s); // fails when a byte comes
    require_elapsed(start, 73'000ms, 85'000ms);
}

/// A connection that never sends anything must not be held for ever either.
void idle_from_the_start(const endpoint& to)
{
    http_connection connection(to);
    const auto start = steady_clock::now();
    connection.read_eof(110s);
    require_elapsed(start, 9'000ms, 85'000ms);
}

/// Requests every 30 s keep a connection beyond 75 s.
void used_now_and_then(const endpoint& to)
{
    http_connection connection(to);
    for (int i = 0; i < 3; ++i) {
        require(connection.get("/healthz").status == 200, "200");
        std::this_thread::sleep_for(30s);
    }
    require(connection.get("/healthz").status == 200, "200");
}

void stream_without_events(const endpoint& to)
{
    event_stream stream(to, {.types = {"stream-without-events"}});
    stream.connected();
    std::this_thread::sleep_for(65s);
    stream.barrier("stream-without-events");
}

struct behaviour {
    const char* name;
    std::function<void(const endpoint&)> run;
};

} // namespace

TEST_SUITE("contract/timeouts")
{
    TEST_CASE("connections · that stop, trickle or idle")
    {
        server_process server({"--heartbeat-interval", "0"});
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
            {"idle between requests", idle_between_requests},
            {"idle from the start", idle_from_the_start},
            {"used now and then", used_now_and_then},
            {"a stream without events", stream_without_events},
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
        CHECK(get(server.port(), "/healthz").status == 200);
    }

    TEST_CASE("idle_timeout · closes a connection between requests without an answer, and no other")
    {
        server_process server({"--idle-timeout", "1s", "--heartbeat-interval", "0"});
        event_stream stream(server.port());
        stream.connected();
        http_connection connection(server.port());
        CHECK(connection.get("/healthz").status == 200);
        const auto start = steady_clock::now();
        connection.read_eof();
        CHECK(steady_clock::now() - start >= 900ms);
        http_connection silent(server.port());
        silent.read_eof();
        stream.barrier("stream-beyond-the-idle-timeout");
    }
}
