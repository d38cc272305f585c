// Limits on streams, sessions and descriptors: what is over them is refused, what is there is never evicted.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <charconv>
#include <deque>
#include <fstream>
#include <sstream>

#include <unistd.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// A 503 that says when to come back: within [retry, retry + drain spread], in whole seconds.
void check_unavailable(const http_response& response, int least, int most)
{
    check_problem(response, 503);
    const auto value = response.headers.get("Retry-After");
    int seconds = -1;
    const auto* end = value.data() + value.size();
    CHECK(std::from_chars(value.data(), end, seconds).ptr == end);
    CHECK(seconds >= least);
    CHECK(seconds <= most);
}

bool is_admitted(const server_process& server)
{
    http_connection connection(server.port());
    connection.send(stream_options{}.to_request());
    return connection.read_head().status == 200;
}

/// The processor time that a process has used.
std::chrono::milliseconds processor_time(pid_t pid)
{
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string all;
    std::getline(file, all);
    std::istringstream fields(all.substr(all.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) {
        fields >> skipped;
    }
    long user = 0;
    long system = 0;
    fields >> user >> system;
    return std::chrono::milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
}

std::size_t lines_with(const std::string& log, std::string_view part)
{
    std::istringstream stream(log);
    std::size_t count = 0;
    for (std::string line; std::getline(stream, line);) {
        count += line.find(part) != std::string::npos ? 1U : 0U;
    }
    return count;
}

} // namespace

TEST_SUITE("contract/limits")
{
    TEST_CASE("max_connections · streams over it get 503, everything else is served")
    {
        server_process server({"--max-connections", "3", "--retry", "7s", "--drain-spread", "2s"});
        std::deque<event_stream> streams;
        for (int i = 0; i < 3; ++i) {
            streams.emplace_back(server.port()).connected();
        }
        check_unavailable(event_stream::refused(server.port(), {}), 7, 9);
        CHECK(get(server.port(), "/healthz").status == 200);
        CHECK(get(server.port(), "/readyz").status == 200);
        CHECK(stat_of(server.port(), "active_clients") == 3);
        CHECK(stat_of(server.port(), "total_sessions") == 3);
        const auto id = broadcast(server.port(), "to all three");
        for (auto& stream : streams) {
            CHECK(stream.next_of_type("message").id == id);
        }
        streams.pop_front();
        eventually("a stream is admitted again", [&] { return is_admitted(server); });
    }

    TEST_CASE("server-busy · whoever names text/event-stream is told when to come back, in a stream that ends")
    {
        server_process server(
            {"--max-connections", "1", "--max-sessions", "2", "--retry", "7s", "--drain-spread", "2s"});
        event_stream stream(server.port());
        stream.connected();
        const auto check_busy = [&](const stream_options& options, std::string_view reason) {
            event_stream refused(server.port(), options);
            CHECK_FALSE(refused.response().headers.has("Set-Cookie"));
            CHECK_FALSE(refused.response().headers.has("X-SSE-Session-ID"));
            const auto told = refused.next();
            CHECK_FALSE(told.has_id);
            CHECK(told.type == "server-busy");
            REQUIRE(told.retry);
            CHECK(*told.retry >= 7000);
            CHECK(*told.retry <= 9000);
            CHECK(told.raw ==
                  fmt::format("retry: {0}\nevent: server-busy\ndata: {{\"reason\":\"{1}\",\"retry\":{0}}}\n\n",
                              *told.retry, reason));
            CHECK_FALSE(refused.next_or_end());
        };
        check_busy({.accept = "text/event-stream"}, "max_connections");
        check_busy({.session = std::string(32, '1'), .accept = "text/html, text/event-stream;q=0.5"},
                   "max_connections");
        check_unavailable(event_stream::refused(server.port(), {.accept = "*/*"}), 7, 9);
        check_unavailable(event_stream::refused(server.port(), {.accept = std::nullopt}), 7, 9);
        CHECK(stat_of(server.port(), "total_sessions") == 1);
        CHECK(get(server.port(), "/metrics").body.find("reason=\"max_connections\"} 4\n") != std::string::npos);
        stream.close();
        wait_stat(server.port(), "active_clients", 0);
        mint_session(server.port());
        check_busy({.accept = "text/event-stream"}, "max_sessions");
    }

    TEST_CASE("max_connections · a refusal leaves the connection open for other requests")
    {
        server_process server({"--max-connections", "1"});
        event_stream stream(server.port());
        stream.connected();
        http_connection connection(server.port());
        check_unavailable(connection.request(stream_options{}.to_request()), 3, 8);
        CHECK(connection.get("/healthz").status == 200);
    }

    TEST_CASE("max_connections · holds with several threads")
    {
        server_process server({"--max-connections", "5", "--threads", "4"});
        std::deque<event_stream> streams;
        for (int i = 0; i < 5; ++i) {
            streams.emplace_back(server.port()).connected();
        }
        for (int i = 0; i < 8; ++i) {
            CHECK(event_stream::refused(server.port(), {}).status == 503);
        }
        CHECK(stat_of(server.port(), "active_clients") == 5);
    }

    TEST_CASE("max_sessions · neither a mint nor a stream goes beyond it, a resume does not count")
    {
        server_process server({"--max-sessions", "3"});
        event_stream stream(server.port());
        stream.connected();
        mint_session(server.port());
        const auto minted = mint_session(server.port());
        check_unavailable(post(server.port(), "/sessions"), 3, 8);
        check_unavailable(event_stream::refused(server.port(), {}), 3, 8);
        stream.close();
        wait_stat(server.port(), "active_clients", 0);
        event_stream resumed(server.port(), {.session = stream.session_id()});
        CHECK(resumed.connected().at("resumed") == true);
        event_stream claimed(server.port(), {.session = minted});
        CHECK(claimed.session_id() == minted);
        CHECK(stat_of(server.port(), "total_sessions") == 3);
        CHECK(request(server.port(), {.method = "DELETE", .target = "/sessions/" + minted}).status == 204);
        mint_session(server.port());
    }

    TEST_CASE("descriptors · max_connections is lowered to what the limit allows, with a warning")
    {
        const server_options options{.arguments = {"--threads", "1"}, .open_files = 64};
        server_process server(options);
        server.wait_for_log(" ready:");
        CHECK(lines_with(server.log(), "warning max_connections is lowered") == 1);
        std::deque<event_stream> streams;
        int refused = 0;
        while (refused == 0 && streams.size() < 64) {
            http_connection connection(server.port());
            if (is_admitted(server)) {
                streams.emplace_back(server.port()).connected();
            } else {
                refused = event_stream::refused(server.port(), {}).status;
            }
            wait_stat(server.port(), "active_clients", static_cast<std::int64_t>(streams.size()));
        }
        CHECK(refused == 503);
        CHECK(streams.size() >= 8);
        CHECK(get(server.port(), "/healthz").status == 200);
        const auto id = broadcast(server.port(), "x");
        for (auto& stream : streams) {
            CHECK(stream.next_of_type("message").id == id);
        }
    }

    TEST_CASE("descriptors · no warning when the limit suffices")
    {
        server_process server({"--max-connections", "10"});
        server.wait_for_log(" ready:");
        CHECK(lines_with(server.log(), "is lowered") == 0);
    }

    TEST_CASE("descriptors · when they run short, connections that are idle longest close first")
    {
        const server_options options{.arguments = {"--threads", "2", "--heartbeat-interval", "0"}, .open_files = 64};
        server_process server(options);
        event_stream stream(server.port());
        stream.connected();
        http_connection longest_idle(server.port());
        REQUIRE(longest_idle.get("/healthz").status == 200);
        http_connection publisher(server.port());
        REQUIRE(publisher.get("/healthz").status == 200);
        std::deque<http_connection> silent;
        for (int i = 0; i < 100; ++i) {
            silent.emplace_back(server.port());
            // When a later connection is answered, that one was accepted.
            CHECK(get(server.port(), "/healthz").status == 200);
            CHECK(publisher.get("/healthz").status == 200); // never idle for long
        }
        longest_idle.read_eof(5s);
        silent.front().read_eof(5s);
        CHECK(silent.back().get("/healthz").status == 200);
        CHECK(get(server.port(), "/healthz").status == 200);
        CHECK(publisher.post_json("/broadcast", {{"data", "meanwhile"}}).status == 200);
        CHECK(stream.next_of_type("message").data == "meanwhile");
        eventually("the log tells of it", [&] { return lines_with(server.log(), "descriptors run short") > 0; });
        const auto before = processor_time(server.pid());
        stream.no_event_within(2s);
        CHECK((processor_time(server.pid()) - before).count() < 500 * slowness());
        CHECK(lines_with(server.log(), "descriptors run short") == 1);
    }

    TEST_CASE("descriptors · clients that stop in the midst of a request give theirs up too")
    {
        const server_options options{.arguments = {"--threads", "2"}, .open_files = 64};
        server_process server(options);
        std::deque<http_connection> stopped;
        for (int i = 0; i < 100; ++i) {
            stopped.emplace_back(server.port()).send("GET /healthz HT");
        }
        const auto began = std::chrono::steady_clock::now();
        CHECK(get(server.port(), "/healthz").status == 200);
        CHECK(broadcast(server.port(), "x") != "");
        // Before the ten seconds that a head has.
        CHECK(std::chrono::steady_clock::now() - began < 8s);
    }

    TEST_CASE("body_memory · a body that does not fit beside the others is refused with 503")
    {
        server_process server({"--body-memory", "1MiB", "--threads", "1"});
        const auto begin = [&](http_connection& on) {
            on.socket().try_send(fmt::format("POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                             "Content-Length: 800001\r\n\r\n\"{}",
                                             std::string(799'999, 'x')));
        };
        http_connection first(server.port());
        begin(first);
        // The one thread reads 64 KiB of the first between any two of these.
        for (int i = 0; i < 50; ++i) {
            CHECK(get(server.port(), "/healthz").status == 200);
        }
        http_connection second(server.port());
        begin(second);
        check_unavailable(second.read_response(), 3, 8);
        second.read_eof();
        CHECK(broadcast(server.port(), "small ones still pass") != "");
        first.send("\"");
        check_problem(first.read_response(), 400);
        http_connection third(server.port());
        begin(third);
        third.send("\"");
        check_problem(third.read_response(), 400);
    }
}
