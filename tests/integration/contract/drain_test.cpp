// TERM and INT: streams are told and end whole, publishing is refused, and the process ends in time.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <optional>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::steady_clock;

constexpr exit_status success{.code = 0, .signal = 0};

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
