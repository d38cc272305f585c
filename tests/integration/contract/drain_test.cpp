// TERM and INT: streams are told and end whole, publishing is refused, and the process ends in time.
#include "checks.hpp"
#include "temporary_directory.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <future>
#include <optional>
#include <regex>
#include <set>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::steady_clock;

/// A server whose drain lasts until its timeout: one client reads nothing while much is written to it.
class stuck_server {
public:
    explicit stuck_server(const std::string& drain_timeout)
        : server({"--drain-timeout", drain_timeout, "--write-timeout", "60s", "--heartbeat-interval", "0"}),
          witness(server.port()),
          stuck_(narrow())
    {
        stuck_.connected();
        for (int i = 0; i < 100; ++i) {
            broadcast(server.port(), std::string(200'000, 'x'));
            witness.next_of_type("message");
        }
    }

    /// Asks it to stop and waits until the stream that reads is told so.
    void begin_drain(int signal = SIGTERM)
    {
        server.terminate(signal);
        witness.next_of_type("shutdown");
    }

    server_process server;
    event_stream witness;

private:
    [[nodiscard]] endpoint narrow() const
    {
        endpoint to(server.port());
        to.receive_buffer = 4096;
        return to;
    }

    event_stream stuck_;
};

struct signal_row {
    const char* name;
    int first, second, code;
};

constexpr signal_row signal_rows[] = {
    {"TERM, TERM", SIGTERM, SIGTERM, 143},
    {"INT, INT", SIGINT, SIGINT, 130},
    {"TERM, INT", SIGTERM, SIGINT, 130},
    {"INT, TERM", SIGINT, SIGTERM, 143},
};

constexpr std::string_view half_a_head = "POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Le";
constexpr std::string_view half_a_request =
    "POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"data\"";
constexpr std::string_view other_half = ":\"late\"}";

/// Publishes a batch that takes the server a while between judging and publishing it; the id of its last event, empty
/// when it was refused.
std::string publish_batch(std::uint16_t port)
{
    std::string batch;
    for (int i = 0; i < 2000; ++i) {
        batch += "{\"data\":\"x\"}\n";
    }
    try {
        const auto answer = post(port, "/broadcast", "application/x-ndjson", batch);
        CHECK((answer.status == 200 || answer.status == 503));
        return answer.status == 200 ? text(answer.json().at("last")) : "";
    } catch (const test_failure&) {
        return {}; // it came too late to be accepted
    }
}

std::set<std::string> ids_to_shutdown(event_stream& stream)
{
    std::set<std::string> ids;
    for (auto event = stream.next_event(); event.type != "shutdown"; event = stream.next_event()) {
        if (event.type == "message") {
            ids.insert(event.id);
        }
    }
    return ids;
}

bool is_refused(const server_process& server)
{
    try {
        http_connection connection(server.port());
        return false;
    } catch (const test_failure&) {
        return true;
    }
}

} // namespace

TEST_SUITE("contract/drain")
{
    TEST_CASE("drain · without clients ends with 0 at once")
    {
        for (const int signal : {SIGTERM, SIGINT}) {
            server_process server;
            const auto begin = steady_clock::now();
            server.terminate(signal);
            CHECK(server.wait_exit() == success);
            CHECK(steady_clock::now() - begin < 3s * slowness());
        }
    }

    TEST_CASE("drain · every stream gets what was published, then shutdown, then a clean end")
    {
        server_process server({"--threads", "2"});
        event_stream chunked(server.port());
        event_stream plain(server.port(), {.version = "1.0"});
        event_stream filtered(server.port(), {.types = {"never"}});
        for (auto* stream : {&chunked, &plain, &filtered}) {
            stream->connected();
        }
        const auto last = broadcast(server.port(), "last");
        server.terminate();
        CHECK(chunked.next_of_type("message").id == last);
        CHECK(plain.next_of_type("message").id == last);
        for (auto* stream : {&chunked, &plain, &filtered}) {
            stream->next_of_type("shutdown");
            stream->wait_end();
            CHECK_FALSE(stream->next_or_end());
            CHECK(stream->unfinished().empty());
        }
        CHECK(chunked.end() == stream_end::last_chunk);
        CHECK(plain.end() == stream_end::closed);
        CHECK(filtered.end() == stream_end::last_chunk);
        CHECK(server.wait_exit() == success);
    }

    TEST_CASE("drain · idle publishing connections do not hold it up")
    {
        server_process server;
        http_connection used(server.port());
        http_connection unused(server.port());
        REQUIRE(used.get("/healthz").status == 200);
        const auto begin = steady_clock::now();
        server.terminate();
        CHECK(server.wait_exit() == success);
        CHECK(steady_clock::now() - begin < 5s * slowness());
    }

    TEST_CASE("drain · is seen by readyz, refuses publishing, and accepts no connection")
    {
        stuck_server stuck("4s");
        http_connection ready(stuck.server.port());
        http_connection publisher(stuck.server.port());
        http_connection sender(stuck.server.port());
        http_connection subscriber(stuck.server.port());
        for (auto* connection : {&ready, &publisher, &sender, &subscriber}) {
            REQUIRE(connection->get("/readyz").status == 200);
        }
        stuck.begin_drain();
        check_problem(ready.get("/readyz"), 503);
        const auto refused = publisher.post_json("/broadcast", {{"data", "late"}});
        check_problem(refused, 503);
        CHECK(refused.headers.has("Retry-After"));
        check_problem(sender.request({.method = "POST", .target = "/send?data=late&session=nobody"}), 503);
        CHECK(subscriber.request(stream_options{}.to_request()).status == 503);
        // What is named text/event-stream is told in a stream, where its connection still stands.
        const auto told = ready.request(stream_options{.accept = "text/event-stream"}.to_request());
        CHECK(told.status == 200);
        CHECK(told.headers.get("Content-Type") == "text/event-stream");
        CHECK_FALSE(told.headers.has("X-SSE-Session-ID"));
        CHECK(std::regex_match(told.body, std::regex(R"(retry: (\d+)\nevent: shutdown\ndata: \{"retry":\1\}\n\n)")));
        CHECK(is_refused(stuck.server));
        CHECK(stuck.server.wait_exit() == success);
    }

    TEST_CASE("drain · ends within its timeout though a client is stuck")
    {
        stuck_server stuck("2s");
        const auto begin = steady_clock::now();
        stuck.begin_drain();
        CHECK(stuck.server.wait_exit() == success);
        const auto elapsed = steady_clock::now() - begin;
        CHECK(elapsed >= 1s); // else the client was not stuck, and nothing is shown
        CHECK(elapsed < 3s * slowness());
        CHECK(stuck.witness.wait_end() == stream_end::last_chunk);
    }

    TEST_CASE("drain · whatever was answered with an id is on the stream before its shutdown")
    {
        int accepted = 0;
        const deadline until{90s};
        // Each round leaves more time. On a machine that is busy, none of the first may be accepted.
        for (int round = 0; round < 80 || (accepted == 0 && !until.passed()); ++round) {
            server_process server({"--threads", "2"});
            event_stream stream(server.port()); // on the first worker, which hears of the signal
            stream.connected();
            auto batch = std::async(std::launch::async, publish_batch, server.port()); // on the second one
            const auto moment = steady_clock::now() + round * round * 5us * slowness();
            while (steady_clock::now() < moment) {
            }
            server.terminate();
            const auto last = batch.get();
            const auto ids = ids_to_shutdown(stream);
            if (!last.empty()) {
                ++accepted;
                CHECK(ids.contains(last));
            }
            CHECK(server.wait_exit() == success);
        }
        CHECK(accepted > 0);
    }

    TEST_CASE("drain · a publisher in the middle of a body is answered when it brings the rest")
    {
        stuck_server stuck("4s");
        http_connection publisher(stuck.server.port());
        REQUIRE(publisher.get("/readyz").status == 200);
        publisher.send(half_a_request);
        stuck.begin_drain();
        publisher.send(other_half);
        const auto answer = publisher.read_response();
        check_problem(answer, 503);
        CHECK(answer.headers.has("Retry-After"));
        CHECK(stuck.server.wait_exit() == success);
    }

    TEST_CASE("drain · once no stream is left, a request under way is answered and its connection closed")
    {
        server_process server({"--drain-timeout", "20s"});
        http_connection publisher(server.port());
        REQUIRE(publisher.get("/readyz").status == 200);
        publisher.send(half_a_request);
        http_connection after(server.port()); // what was sent before it has been read
        REQUIRE(after.get("/readyz").status == 200);
        server.terminate();
        server.wait_for_log("drained");
        after.read_eof();
        publisher.send(other_half);
        const auto answer = publisher.read_response();
        check_problem(answer, 503);
        CHECK(answer.headers.get("Connection") == "close");
        publisher.read_eof();
        CHECK(server.wait_exit() == success);
    }

    TEST_CASE("drain · ends within its timeout though a publisher is stuck in the middle of a body or of its head")
    {
        for (const std::string_view part : {half_a_request, half_a_head}) {
            server_process server({"--drain-timeout", "1s"});
            http_connection publisher(server.port());
            REQUIRE(publisher.get("/readyz").status == 200);
            publisher.send(part);
            http_connection after(server.port());
            REQUIRE(after.get("/readyz").status == 200);
            const auto begin = steady_clock::now();
            server.terminate();
            CHECK(server.wait_exit() == success);
            CHECK(steady_clock::now() - begin >= 500ms);
            CHECK(steady_clock::now() - begin < 1s * slowness());
        }
    }

    TEST_CASE("drain · a local socket's file is gone when it begins, so that a successor's stays")
    {
        const temporary_directory directory;
        const auto path = directory.file("sluice.sock");
        server_process first({"--listen", "unix:" + path, "--drain-timeout", "20s"});
        http_connection publisher(endpoint::unix_socket(path));
        REQUIRE(publisher.get("/readyz").status == 200);
        publisher.send(half_a_request);
        http_connection after(endpoint::unix_socket(path));
        REQUIRE(after.get("/readyz").status == 200);
        first.terminate();
        first.wait_for_log("drained");
        server_process second({"--listen", "unix:" + path});
        publisher.send(other_half);
        CHECK(publisher.read_response().status == 503);
        CHECK(first.wait_exit() == success);
        CHECK(get(endpoint::unix_socket(path), "/readyz").status == 200);
    }

    TEST_CASE("drain · many streams at once are told and end in time")
    {
        constexpr std::size_t count = 2000;
        server_process server({"--threads", "2"});
        std::deque<event_stream> streams;
        for (std::size_t i = 0; i < count; ++i) {
            streams.emplace_back(server.port());
        }
        const auto begin = steady_clock::now();
        server.terminate();
        for (auto& stream : streams) {
            stream.next_of_type("shutdown");
            CHECK(stream.wait_end() == stream_end::last_chunk);
        }
        CHECK(server.wait_exit() == success);
        CHECK(steady_clock::now() - begin < 5s * slowness());
    }

    TEST_CASE("drain delay · readyz alone says so, and all else goes on until it is over")
    {
        server_process server({"--drain-delay", "2s"});
        event_stream before(server.port());
        before.connected();
        server.terminate();
        eventually("readyz says that it drains", [&] { return get(server.port(), "/readyz").status == 503; });
        CHECK(get(server.port(), "/healthz").status == 200);
        event_stream after(server.port());
        after.connected();
        const auto id = broadcast(server.port(), "still");
        for (auto* const stream : {&before, &after}) {
            CHECK(stream->next_of_type("message").id == id);
            stream->next_of_type("shutdown");
        }
        CHECK(server.wait_exit() == success);
    }

    TEST_CASE("drain delay · a second signal ends it at once")
    {
        server_process server({"--drain-delay", "10m"});
        server.terminate();
        eventually("readyz says that it drains", [&] { return get(server.port(), "/readyz").status == 503; });
        server.terminate(SIGINT);
        CHECK(server.wait_exit() == exit_status{.code = 130, .signal = 0});
    }

    TEST_CASE("drain · a second signal ends it at once with that signal's status")
    {
        for_each_row(signal_rows, [](const signal_row& row) {
            stuck_server stuck("30s");
            stuck.begin_drain(row.first);
            const auto begin = steady_clock::now();
            stuck.server.terminate(row.second);
            CHECK(to_string(stuck.server.wait_exit(5s)) == to_string(exit_status{.code = row.code, .signal = 0}));
            CHECK(steady_clock::now() - begin < 2s * slowness());
        });
    }
}
