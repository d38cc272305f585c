// SIGHUP: what can change while the server runs does, for the next requests; all else stays and is named.
#include "checks.hpp"
#include "temporary_directory.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <csignal>
#include <deque>
#include <fstream>
#include <thread>

#include <sys/stat.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

constexpr std::string_view reloaded = "options reloaded";
constexpr std::string_view not_reloaded = "options not reloaded";
constexpr std::string_view restart = "need a restart";

/// The last line of the log with the text.
std::string last_line(const server_process& server, std::string_view text)
{
    const auto log = server.log();
    const auto at = log.rfind(text);
    if (at == std::string::npos) {
        return {};
    }
    const auto begin = log.rfind('\n', at) + 1;
    return log.substr(begin, log.find('\n', at) - begin);
}

/// A server whose options come from a file that the test rewrites.
class reloadable_server {
public:
    explicit reloadable_server(const std::string& toml, strings arguments = {},
                               std::optional<unsigned long> open_files = {}, bool allow_x = true)
        : path_(directory.write("sluice.toml", toml)),
          process(with_config(std::move(arguments), path_, open_files, allow_x))
    {
    }

    /// Asks for the options to be read again and waits until the log says that they were, or were not.
    std::string signal(std::string_view expected = reloaded)
    {
        const auto before = process.log_count(expected);
        process.terminate(SIGHUP);
        process.wait_for_log(expected, {}, before + 1);
        return last_line(process, expected);
    }

    /// The same with another file; returns the line that the log has of it.
    std::string reload(const std::string& toml, std::string_view expected = reloaded)
    {
        static_cast<void>(directory.write("sluice.toml", toml));
        return signal(expected);
    }

    [[nodiscard]] std::uint16_t port() const { return process.port(); }
    [[nodiscard]] const std::string& path() const { return path_; }

    const temporary_directory directory;

private:
    static server_options with_config(strings arguments, const std::string& path,
                                      std::optional<unsigned long> open_files, bool allow_x)
    {
        arguments.insert(arguments.end(), {"--config", path});
        return {.arguments = std::move(arguments), .open_files = open_files, .allow_x = allow_x};
    }

    std::string path_;

public:
    server_process process;
};

bool has(const std::string& line, std::string_view text)
{
    INFO("line: " << line);
    return line.find(text) != std::string::npos;
}

http_response publish(const reloadable_server& server, const std::string& token, const std::string& data = "x")
{
    http_request wanted{.method = "POST", .target = "/broadcast?data=" + data};
    if (!token.empty()) {
        wanted.headers.add("Authorization", "Bearer " + token);
    }
    return request(server.port(), wanted);
}

bool may_read(const reloadable_server& server, const std::string& origin)
{
    const auto response =
        request(server.port(), {.method = "GET", .target = "/healthz", .headers = {{"Origin", origin}}});
    return response.headers.get("Access-Control-Allow-Origin") == origin;
}

/// The status with which a stream is answered; an admitted one is closed.
int stream_status(const reloadable_server& server, const stream_options& options = {})
{
    http_connection connection(server.port());
    connection.send(options.to_request());
    return connection.read_head().status;
}

/// Neither of them has ended, and both get the next event.
void check_alive(const reloadable_server& server, std::initializer_list<event_stream*> streams,
                 const std::string& token = {})
{
    const auto marker = unique_marker();
    CHECK(publish(server, token, marker).status == 200);
    for (auto* const stream : streams) {
        CHECK(stream->next_of_type("message").data == marker);
    }
}

endpoint narrow(const reloadable_server& server)
{
    endpoint to(server.port());
    to.receive_buffer = 4096;
    return to;
}

} // namespace

TEST_SUITE("contract/reload")
{
    TEST_CASE("nothing changed · is said, and a stream stays")
    {
        reloadable_server server("buffer_size = 10\n");
        event_stream stream(server.port());
        stream.connected();
        CHECK(has(server.signal(), "none"));
        check_alive(server, {&stream});
        CHECK(server.process.log_count(restart) == 0);
    }

    TEST_CASE("cors_origin · counts for the next requests, on every thread and on connections that stand")
    {
        reloadable_server server("cors_origin = [\"https://a.example\"]\nthreads = 3\n");
        event_stream stream(server.port(), {.headers = {{"Origin", "https://a.example"}}});
        stream.connected();
        std::deque<http_connection> kept;
        for (int i = 0; i < 12; ++i) {
            kept.emplace_back(server.port()).get("/healthz");
        }
        CHECK(may_read(server, "https://a.example"));
        CHECK_FALSE(may_read(server, "https://b.example"));
        CHECK(has(server.reload("cors_origin = [\"https://b.example\"]\nthreads = 3\n"), "cors_origin"));
        for (auto& connection : kept) {
            const auto response = connection.request(
                {.method = "GET", .target = "/healthz", .headers = {{"Origin", "https://b.example"}}});
            CHECK(response.headers.get("Access-Control-Allow-Origin") == "https://b.example");
        }
        CHECK_FALSE(may_read(server, "https://a.example"));
        check_alive(server, {&stream});
    }

    TEST_CASE("tokens · from the file of options; who streams already goes on")
    {
        reloadable_server server("publish_token = \"old\"\nsubscribe_token = \"old\"\n");
        event_stream stream(server.port(), {.headers = {{"Authorization", "Bearer old"}}});
        stream.connected();
        CHECK(publish(server, "old").status == 200);
        CHECK(publish(server, "new").status == 401);
        const auto line = server.reload("publish_token = \"new\"\nsubscribe_token = \"new\"\n");
        CHECK(has(line, "publish_token"));
        CHECK(has(line, "subscribe_token"));
        CHECK(publish(server, "old").status == 401);
        CHECK(stream_status(server, {.headers = {{"Authorization", "Bearer old"}}}) == 401);
        event_stream fresh(server.port(), {.headers = {{"Authorization", "Bearer new"}}});
        fresh.connected();
        check_alive(server, {&fresh}, "new");
        stream.next_of_type("message");
        CHECK(stream.next_of_type("message").id == fresh.last_event_id());
        CHECK(has(server.reload("publish_token = \"last\"\n"), "publish_token"));
        CHECK(publish(server, "new").status == 401);
        CHECK(publish(server, "last").status == 200);
    }

    TEST_CASE("tokens · from a token file whose content changed")
    {
        const temporary_directory directory;
        const auto token = directory.write("token", "old\n");
        reloadable_server server("# none\n", {"--publish-token-file", token});
        CHECK(publish(server, "old").status == 200);
        CHECK(has(server.signal(), "none"));
        CHECK(directory.write("token", "new\r\n") == token);
        CHECK(publish(server, "old").status == 200);
        CHECK(has(server.signal(), "publish_token"));
        CHECK(publish(server, "old").status == 401);
        CHECK(publish(server, "new").status == 200);
    }

    TEST_CASE("protections · what was set and is absent stays in force, with an error line, until a restart")
    {
        const std::string given = "publish_token = \"p\"\nsubscribe_token = \"s\"\nmax_sessions = 5\n";
        reloadable_server server(given);
        for (int i = 1; i <= 2; ++i) {
            CHECK(has(server.reload("max_sessions = 6\n"), i == 1 ? "max_sessions" : "none"));
            server.process.wait_for_log("stay in force until a restart", {}, static_cast<std::size_t>(i));
            const auto line = last_line(server.process, "stay in force until a restart");
            CHECK(has(line, " error "));
            CHECK(has(line, "publish_token,subscribe_token"));
            CHECK(get(server.port(), "/stats").status == 401);
            CHECK(publish(server, "p").status == 200);
            CHECK(stream_status(server) == 401);
        }
        // Another one takes its place.
        CHECK(has(server.reload("publish_token = \"q\"\n"), "publish_token"));
        CHECK(publish(server, "p").status == 401);
        CHECK(publish(server, "q").status == 200);
        CHECK(stream_status(server) == 401);
    }

    TEST_CASE("protections · a token that came from a file stays when the file is named no more")
    {
        const temporary_directory directory;
        const auto toml = "publish_token_file = \"" + directory.write("token", "t\n") + "\"\n";
        reloadable_server server(toml);
        server.reload("# half of what it was\n");
        server.process.wait_for_log("stay in force until a restart");
        CHECK(publish(server, "").status == 401);
        CHECK(publish(server, "t").status == 200);
        // A token file that is being written is an error.
        CHECK(directory.write("token", "") == directory.file("token"));
        CHECK(has(server.reload(toml, not_reloaded), "holds no token"));
        CHECK(publish(server, "t").status == 200);
    }

    TEST_CASE("protections · allowed hosts that are given no more stay, others replace them")
    {
        reloadable_server server("allowed_host = [\"a.example\"]\n", {}, {}, false);
        const auto status = [&](const std::string& host) {
            return request(server.port(), {.target = "/stats", .headers = {{"Host", host}}}).status;
        };
        CHECK(status("a.example") == 200);
        CHECK(status("b.example") == 403);
        server.reload("# none\n");
        server.process.wait_for_log("stay in force until a restart");
        CHECK(has(last_line(server.process, "stay in force until a restart"), "allowed_host"));
        CHECK(status("a.example") == 200);
        CHECK(status("b.example") == 403);
        CHECK(has(server.reload("allowed_host = [\"b.example\"]\n"), "allowed_host"));
        CHECK(status("a.example") == 403);
        CHECK(status("b.example") == 200);
    }

    TEST_CASE("an empty file · is an error, and takes nothing away")
    {
        reloadable_server server("publish_token = \"p\"\ncors_origin = [\"https://a.example\"]\n");
        for (const std::string empty : {"", "\n", " \n\t\r\n"}) {
            CHECK(has(server.reload(empty, not_reloaded), "is empty"));
            CHECK(get(server.port(), "/stats").status == 401);
            CHECK(publish(server, "p").status == 200);
            CHECK(may_read(server, "https://a.example"));
        }
    }

    TEST_CASE("tokens · are never in the log")
    {
        reloadable_server server("publish_token = \"secret-1\"\nlog_level = \"trace\"\n");
        server.reload("publish_token = \"secret-2\"\nlog_level = \"trace\"\n");
        server.reload("publish_token = \"secret 3\"\n", not_reloaded);
        server.reload("publish_token = secret\n", not_reloaded);
        CHECK(publish(server, "secret-2").status == 200);
        CHECK(server.process.log_count("secret") == 0);
    }

    TEST_CASE("max_connections · streams above a lowered one stay, the next is refused")
    {
        reloadable_server server("");
        event_stream first(server.port());
        event_stream second(server.port());
        second.connected();
        first.connected();
        CHECK(has(server.reload("max_connections = 1\n"), "max_connections"));
        CHECK(stream_status(server) == 503);
        check_alive(server, {&first, &second});
        server.reload("max_connections = 3\n");
        event_stream third(server.port());
        third.connected();
        CHECK(stream_status(server) == 503);
        check_alive(server, {&first, &second, &third});
    }

    TEST_CASE("max_connections · is lowered to what the limit of open files allows, again")
    {
        reloadable_server server("max_connections = 2\n", {}, 64);
        CHECK(server.process.log_count("max_connections is lowered") == 0);
        server.reload("max_connections = 1000\n");
        server.process.wait_for_log("max_connections is lowered");
        std::deque<event_stream> streams;
        for (int i = 0; i < 32; ++i) {
            streams.emplace_back(server.port()).connected();
        }
        CHECK(stream_status(server) == 503);
        CHECK(get(server.port(), "/healthz").status == 200);
    }

    TEST_CASE("max_sessions · counts for the next session")
    {
        reloadable_server server("");
        mint_session(server.port());
        CHECK(has(server.reload("max_sessions = 1\n"), "max_sessions"));
        CHECK(post(server.port(), "/sessions").status == 503);
        server.reload("max_sessions = 2\n");
        mint_session(server.port());
        CHECK(post(server.port(), "/sessions").status == 503);
    }

    TEST_CASE("max_event_bytes · counts for the next event and the next body, on a connection that stands too")
    {
        reloadable_server server("max_event_bytes = 1000\n");
        http_connection kept(server.port());
        const auto status = [&kept](std::size_t bytes) {
            return kept.post_json("/broadcast", {{"data", std::string(bytes, 'x')}}).status;
        };
        CHECK(status(1000) == 200);
        CHECK(status(1001) == 413);
        CHECK(has(server.reload("max_event_bytes = \"64KiB\"\n"), "max_event_bytes"));
        CHECK(status(64 << 10) == 200);
        CHECK(status((64 << 10) + 1) == 413);
        server.reload("max_event_bytes = 10\n");
        CHECK(status(10) == 200);
        CHECK(status(11) == 413);
    }

    TEST_CASE("thrash_limit · counts for the next reconnection")
    {
        reloadable_server server("");
        event_stream stream(server.port());
        const stream_options claim{.session = stream.session_id()};
        event_stream second(server.port(), claim);
        second.connected();
        CHECK(server.process.log_count("session thrashing") == 0);
        CHECK(has(server.reload("thrash_limit = 1\n"), "thrash_limit"));
        // Three, so that two are within the window wherever it begins.
        event_stream third(server.port(), claim);
        event_stream fourth(server.port(), claim);
        event_stream fifth(server.port(), claim);
        server.process.wait_for_log("session thrashing");
    }

    TEST_CASE("max_lag · a stream that lags by more is cut off with the next event")
    {
        reloadable_server server("write_timeout = \"60s\"\n");
        event_stream stalled(narrow(server));
        stalled.connected();
        http_connection publisher(server.port());
        for (int i = 0; i < 100; ++i) {
            publisher.post_json("/broadcast", {{"data", std::string(100'000, 'x')}});
        }
        CHECK(stat_of(server.port(), "slow_consumers_dropped") == 0);
        CHECK(has(server.reload("write_timeout = \"60s\"\nmax_lag = 10\n"), "max_lag"));
        publisher.post_json("/broadcast", {{"data", "x"}});
        wait_stat(server.port(), "slow_consumers_dropped", 1);
    }

    TEST_CASE("log_level · counts for the next line; the change itself is told at either")
    {
        reloadable_server server("log_level = \"error\"\n");
        get(server.port(), "/healthz");
        CHECK(server.process.log_count("healthz") == 0);
        CHECK(has(server.reload("log_level = \"debug\"\n"), "log_level"));
        get(server.port(), "/healthz");
        server.process.wait_for_log("healthz");
        CHECK(has(server.reload("log_level = \"error\"\n"), "log_level"));
        const auto lines = line_count(server.process.log());
        get(server.port(), "/readyz");
        // Quiet now, so that it shows by what it does.
        static_cast<void>(server.directory.write("sluice.toml", "log_level = \"error\"\nmax_sessions = 1\n"));
        mint_session(server.port());
        server.process.terminate(SIGHUP);
        eventually("max_sessions is in force", [&] { return post(server.port(), "/sessions").status == 503; });
        server.reload("log_level = \"nonsense\"\n", not_reloaded);
        CHECK(line_count(server.process.log()) == lines + 1);
    }

    TEST_CASE("drain_timeout · counts for the drain that follows")
    {
        reloadable_server server("drain_timeout = \"10m\"\nwrite_timeout = \"10m\"\nheartbeat_interval = 0\n");
        event_stream stuck(narrow(server));
        stuck.connected();
        for (int i = 0; i < 100; ++i) {
            broadcast(server.port(), std::string(100'000, 'x'));
        }
        CHECK(has(server.reload("drain_timeout = \"300ms\"\nwrite_timeout = \"10m\"\nheartbeat_interval = 0\n"),
                  "drain_timeout"));
        server.process.terminate();
        CHECK(server.process.wait_exit() == exit_status{.code = 0, .signal = 0});
    }

    TEST_CASE("what needs a restart · is named, at each signal anew, and stays as it was")
    {
        reloadable_server server("buffer_size = 11\n");
        event_stream stream(server.port());
        stream.connected();
        const std::string other = "listen = [\"127.0.0.1:1\"]\nthreads = 7\nbuffer_size = 12\nretry = \"9s\"\n"
                                  "max_sessions = 5\nlog_format = \"json\"\n";
        CHECK(has(server.reload(other), "max_sessions"));
        server.process.wait_for_log(restart);
        const auto line = last_line(server.process, restart);
        // Of `listen` the command line has the say.
        for (const auto* const key : {"threads", "buffer_size", "retry", "log_format"}) {
            CHECK(has(line, key));
        }
        CHECK_FALSE(has(line, "listen"));
        CHECK_FALSE(has(line, "max_sessions"));
        CHECK(integer(stats(server.port()).at("config").at("buffer_size")) == 11);
        CHECK(has(server.signal(), "none"));
        server.process.wait_for_log(restart, {}, 2);
        CHECK(event_stream(server.port()).next().retry == 3000);
        check_alive(server, {&stream});
    }

    TEST_CASE("an error · is one line in the log, and everything stays as it was")
    {
        reloadable_server server("cors_origin = [\"https://a.example\"]\nmax_sessions = 3\n");
        event_stream stream(server.port());
        stream.connected();
        const std::string good = "max_sessions = 1\n";
        struct row {
            const char* name;
            std::string toml;
            const char* named;
        };
        for (const auto& [name, toml, named] :
             {row{"broken TOML", good + "max_sessions = = 1\n", "line 2"},
              row{"an unknown key", good + "a = 1\n", "'a'"}, row{"a bad value", good + "retry = \"soon\"\n", "retry"},
              row{"a bad value of another kind", good + "cors_origin = [1.5]\n", "cors_origin"},
              row{"a token file that is not there", good + "publish_token_file = \"/nowhere/at/all\"\n",
                  "/nowhere/at/all"},
              row{"a token file that is a directory", good + "publish_token_file = \"/tmp\"\n", "/tmp"},
              row{"both tokens", good + "publish_token = \"a\"\npublish_token_file = \"/tmp\"\n",
                  "publish_token_file"}}) {
            INFO("row: " << name);
            server.process.wait_for_log(" ready:");
            const auto told = server.process.log_count(not_reloaded);
            const auto line = server.reload(toml, not_reloaded);
            CHECK(has(line, named));
            CHECK(has(line, "error"));
            CHECK(server.process.log_count(not_reloaded) == told + 1);
            CHECK(may_read(server, "https://a.example"));
        }
        mint_session(server.port());
        check_alive(server, {&stream});
        server.reload(good);
        CHECK_FALSE(may_read(server, "https://a.example"));
        CHECK(post(server.port(), "/sessions").status == 503);
    }

    TEST_CASE("an error · a file that is gone, or a pipe, which cannot be read again")
    {
        reloadable_server server("max_sessions = 3\n");
        REQUIRE(::rename(server.path().c_str(), (server.path() + ".away").c_str()) == 0);
        CHECK(has(server.signal(not_reloaded), server.path()));
        REQUIRE(::mkfifo(server.path().c_str(), 0600) == 0);
        CHECK(has(server.signal(not_reloaded), server.path()));
        CHECK(get(server.port(), "/healthz").status == 200);
        REQUIRE(::rename((server.path() + ".away").c_str(), server.path().c_str()) == 0);
        CHECK(has(server.signal(), "none"));
    }

    TEST_CASE("the command line and the environment · win over the file as at the start")
    {
        reloadable_server server("max_sessions = 3\n", {"--max-sessions", "1"});
        CHECK(has(server.reload("max_sessions = 7\n"), "none"));
        mint_session(server.port());
        CHECK(post(server.port(), "/sessions").status == 503);
    }

    TEST_CASE("a signal while it drains · ends nothing")
    {
        reloadable_server server("drain_timeout = \"10m\"\nwrite_timeout = \"10m\"\nheartbeat_interval = 0\n");
        event_stream stuck(narrow(server));
        event_stream witness(server.port());
        stuck.connected();
        for (int i = 0; i < 100; ++i) {
            broadcast(server.port(), std::string(100'000, 'x'));
            witness.next_of_type("message");
        }
        server.process.terminate();
        witness.next_of_type("shutdown");
        CHECK(has(server.signal(), "none"));
        stuck.reset();
        CHECK(server.process.wait_exit() == exit_status{.code = 0, .signal = 0});
    }
}
