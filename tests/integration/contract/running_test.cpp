// How the process starts: listeners and the ready line, what ends the start, --version and --help.
#include "refused_start.hpp"
#include "temporary_directory.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr int failed = 1;
constexpr int misused = 2;

/// Leaves a socket file at the path that nobody listens on, as a killed server does.
void leave_stale_socket(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(descriptor >= 0);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    REQUIRE(::bind(descriptor, generic, sizeof address) == 0);
    ::close(descriptor);
}

endpoint ipv6(std::uint16_t port)
{
    endpoint to(port);
    to.address = "::1";
    return to;
}

std::uint16_t port_of(const std::string& listening)
{
    return static_cast<std::uint16_t>(std::stoul(listening.substr(listening.rfind(':') + 1)));
}

struct bad_start {
    const char* name;
    std::vector<std::string> arguments;
    const char* named;
};

const std::vector<bad_start> bad_starts{
    {"an unknown flag", {"--frobnicate"}, "--frobnicate"},
    {"an unknown flag with a value", {"--frobnicate=7"}, "--frobnicate"},
    {"a flag with an underscore", {"--buffer_size", "7"}, "did you mean '--buffer-size'?"},
    {"a flag that is misspelt", {"--bufer-sise=7"}, "did you mean '--buffer-size'?"},
    {"a command that is misspelt", {"--chek-config"}, "did you mean '--check-config'?"},
    {"an argument that is no flag", {"frobnicate"}, "frobnicate"},
    {"a flag without its value", {"--threads"}, "--threads"},
    {"a number that is none", {"--threads", "many"}, "--threads"},
    {"no thread at all", {"--threads", "0"}, "--threads"},
    {"a negative number", {"--buffer-size", "-1"}, "--buffer-size"},
    {"a number with more behind it", {"--buffer-size", "10x"}, "--buffer-size"},
    {"a number beyond 64 bits", {"--buffer-size", "18446744073709551616"}, "--buffer-size"},
    {"a duration without a unit", {"--buffer-ttl", "30"}, "--buffer-ttl"},
    {"a duration of another unit", {"--buffer-ttl", "30w"}, "--buffer-ttl"},
    {"a negative duration", {"--retry", "-1s"}, "--retry"},
    {"an empty duration", {"--retry", ""}, "--retry"},
    {"a duration that overflows", {"--retry", "99999999999999999999h"}, "--retry"},
    {"a size of another unit", {"--max-event-bytes", "1XB"}, "--max-event-bytes"},
    {"a size that overflows", {"--log-bytes", "99999999999999999MiB"}, "--log-bytes"},
    {"another heartbeat style", {"--heartbeat-style", "loud"}, "--heartbeat-style"},
    {"an address without a port", {"--listen", "127.0.0.1"}, "--listen"},
    {"a port out of range", {"--listen", "127.0.0.1:65536"}, "--listen"},
    {"a port that is no number", {"--listen", "127.0.0.1:http"}, "--listen"},
    {"an IPv6 address without brackets", {"--listen", "::1:8080"}, "--listen"},
    {"a Unix socket without a path", {"--listen", "unix:"}, "--listen"},
    {"another ownership", {"--ownership", "shoe-size"}, "--ownership"},
    {"ownership none beside others", {"--ownership", "none,address"}, "--ownership"},
    {"another log level", {"--log-level", "shouting"}, "--log-level"},
    {"another log format", {"--log-format", "xml"}, "--log-format"},
    {"a value for a switch", {"--no-reconnection=perhaps"}, "--no-reconnection"},
};

const std::vector<std::string> all_options{"--listen",
                                           "--threads",
                                           "--buffer-size",
                                           "--buffer-ttl",
                                           "--cleanup-interval",
                                           "--no-reconnection",
                                           "--retry",
                                           "--heartbeat-interval",
                                           "--heartbeat-style",
                                           "--max-lag",
                                           "--write-timeout",
                                           "--max-connections",
                                           "--max-sessions",
                                           "--max-event-bytes",
                                           "--log-events",
                                           "--log-bytes",
                                           "--ownership",
                                           "--thrash-limit",
                                           "--cors-origin",
                                           "--publish-token",
                                           "--publish-token-file",
                                           "--subscribe-token",
                                           "--subscribe-token-file",
                                           "--insecure",
                                           "--drain-timeout",
                                           "--drain-spread",
                                           "--log-level",
                                           "--log-format",
                                           "--drain-delay",
                                           "--port",
                                           "--operations-listen",
                                           "--allowed-host",
                                           "--trusted-proxy",
                                           "--publishing",
                                           "--no-publishing",
                                           "--test-endpoints",
                                           "--no-test-endpoints",
                                           "--config",
                                           "--check-config",
                                           "--version",
                                           "--help"};

} // namespace

TEST_SUITE("contract/running")
{
    TEST_CASE("ready · one line names the port that was taken")
    {
        server_process server({"--listen", "127.0.0.1:0"});
        REQUIRE(server.listening().size() == 1);
        CHECK(server.port() != 0);
        CHECK(server.listening().front() == fmt::format("http://127.0.0.1:{}", server.port()));
        CHECK(get(server.port(), "/readyz").status == 200);
    }

    TEST_CASE("listen · several at once, one line each")
    {
        const temporary_directory directory;
        const auto path = directory.file("sluice.sock");
        server_process server({"--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--listen", "unix:" + path});
        REQUIRE(server.listening().size() == 3);
        CHECK(server.listening()[1].starts_with("http://[::1]:"));
        CHECK(server.listening()[2] == "unix:" + path);
        const auto v6 = ipv6(port_of(server.listening()[1]));
        const auto unix_socket = endpoint::unix_socket(path);
        event_stream by_v4(server.port());
        event_stream by_v6(v6);
        event_stream by_unix(unix_socket);
        const auto id = broadcast(unix_socket, "to all");
        for (auto* stream : {&by_v4, &by_v6, &by_unix}) {
            CHECK(stream->next_of_type("message").id == id);
        }
        CHECK(get(v6, "/healthz").status == 200);
    }

    TEST_CASE("listen · no address is every address, IPv4 and IPv6")
    {
        server_process server({"--listen", ":0", "--insecure"});
        CHECK(get(server.port(), "/healthz").status == 200);
        CHECK(get(ipv6(server.port()), "/healthz").status == 200);
        check_refused_start({.arguments = {"--listen", ":0"}}, misused, {":0", "--publish-token"});
        // A client by IPv4 has an address of IPv4.
        event_stream stream(server.port());
        CHECK(text(session_entry(server.port(), stream.session_id()).at("address")) == "127.0.0.1");
    }

    TEST_CASE("listen · a local socket has the permissions that are asked for")
    {
        const temporary_directory directory;
        const auto path = directory.file("sluice.sock");
        for (const auto& [text, mode] : {std::pair{"0660", 0660U}, {"0600", 0600U}, {"777", 0777U}}) {
            server_process server({"--listen", "unix:" + path + "?mode=" + text});
            CHECK(server.listening() == std::vector{"unix:" + path});
            struct stat found{};
            REQUIRE(::stat(path.c_str(), &found) == 0);
            CHECK((found.st_mode & 0777U) == mode);
            CHECK(get(endpoint::unix_socket(path), "/healthz").status == 200);
        }
        for (const auto* const wrong : {"?mode=", "?mode=0999", "?mode=01777", "?owner=me"}) {
            check_refused_start({.arguments = {"--listen", "unix:" + path + wrong}}, misused, {"--listen", wrong});
        }
    }

    TEST_CASE("port · is short for an address of loopback, and not beside --listen in one place")
    {
        const temporary_directory directory;
        for (const std::vector<std::string>& arguments :
             {std::vector<std::string>{"--port", "0"}, {"-p", "0"}, {"-p0"}, {"--port=0"}}) {
            server_process server(server_options{.arguments = arguments, .add_listen = false});
            CHECK(server.listening().front().starts_with("http://127.0.0.1:"));
            CHECK(get(server.port(), "/healthz").status == 200);
        }
        server_process by_variable(server_options{.environment = {{"SLUICE_PORT", "0"}}, .add_listen = false});
        server_process by_file(
            server_options{.arguments = {"--config", directory.write("s.toml", "port = 0\n")}, .add_listen = false});
        server_process over_the_file(
            server_options{.arguments = {"-p", "0", "--config", directory.write("l.toml", "listen = [\"[::1]:0\"]\n")},
                           .add_listen = false});
        CHECK(over_the_file.listening().front().starts_with("http://127.0.0.1:"));
        check_refused_start({.arguments = {"--listen", "127.0.0.1:0", "-p", "0"}}, misused, {"--listen", "--port"});
        check_refused_start({.environment = {{"SLUICE_LISTEN", ":0"}, {"SLUICE_PORT", "0"}}, .add_listen = false},
                            misused, {"SLUICE_LISTEN", "SLUICE_PORT"});
        for (const auto* const wrong : {"65536", "x", "-1", ""}) {
            check_refused_start({.arguments = {"--port", wrong}, .add_listen = false}, misused, {"--port"});
        }
    }

    TEST_CASE("operations · have an address of their own, and what is there is not elsewhere")
    {
        server_process server(server_options{
            .arguments = {"--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0", "--publish-token", "secret"},
            .listeners = 2});
        const auto operations = port_of(server.listening().back());
        const header_fields token{{"Authorization", "Bearer secret"}};
        const auto status = [&](std::uint16_t port, const std::string& target, const header_fields& headers = {}) {
            http_connection connection(port);
            connection.send(http_request{.target = target, .headers = headers});
            return connection.read_head().status;
        };
        for (const auto* const target : {"/", "/stats", "/stats/stream", "/sessions", "/metrics"}) {
            CAPTURE(target);
            CHECK(status(operations, target) == 200);
            CHECK(status(server.port(), target, token) == 404);
            // A name that was pointed at this machine comes that way too, and meets no token.
            CHECK(status(operations, target, {{"Host", "foreign.example"}}) == 403);
        }
        for (const auto* const target : {"/healthz", "/readyz"}) {
            CHECK(status(operations, target) == 200);
            CHECK(status(server.port(), target) == 200);
        }
        CHECK(status(server.port(), "/events") == 200);
        CHECK(status(operations, "/events") == 404);
        const auto publish = [&](std::uint16_t port, const header_fields& headers) {
            return request(port, {.method = "POST", .target = "/broadcast?data=x", .headers = headers}).status;
        };
        CHECK(publish(server.port(), {}) == 401);
        CHECK(publish(server.port(), token) == 200);
        CHECK(publish(operations, token) == 404);
        // Pages of other origins control nothing, here either.
        const auto mint = [&](const header_fields& headers) {
            return request(operations, {.method = "POST", .target = "/sessions", .headers = headers}).status;
        };
        CHECK(mint({{"Origin", "https://evil.example"}}) == 403);
        CHECK(mint({{"Sec-Fetch-Site", "cross-site"}}) == 403);
        CHECK(mint({}) == 201);
    }

    TEST_CASE("operations · need the token where others can connect, and to start there too")
    {
        const auto arguments = [](std::vector<std::string> more) {
            more.insert(more.end(), {"--listen", "127.0.0.1:0", "--operations-listen", "0.0.0.0:0"});
            return more;
        };
        check_refused_start({.arguments = arguments({})}, misused,
                            {"--operations-listen 0.0.0.0:0", "--publish-token"});
        server_process server(server_options{.arguments = arguments({"--publish-token", "secret"}), .listeners = 2});
        const auto operations = port_of(server.listening().back());
        CHECK(get(operations, "/metrics").status == 200);
        CHECK(get(operations, "/stats").status == 401);
        CHECK(request(operations, {.target = "/stats", .headers = {{"Authorization", "Bearer secret"}}}).status == 200);
    }

    TEST_CASE("threads · are as many as affinity leaves CPUs")
    {
        cpu_set_t before;
        REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
        cpu_set_t one;
        CPU_ZERO(&one);
        for (std::size_t cpu = 0; CPU_COUNT(&one) == 0; ++cpu) {
            if (CPU_ISSET(cpu, &before)) {
                CPU_SET(cpu, &one);
            }
        }
        REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
        server_process server;
        REQUIRE(::sched_setaffinity(0, sizeof before, &before) == 0);
        server.wait_for_log("threads=1 ");
    }

    TEST_CASE("log · a file that may grow no more ends nothing")
    {
        const temporary_directory directory;
        const auto path = directory.write("log", "");
        const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
        REQUIRE(file >= 0);
        {
            server_process server(server_options{.arguments = {"--log-level", "debug"}, .standard_error = file});
            const rlimit most{.rlim_cur = 4096, .rlim_max = 4096};
            REQUIRE(::prlimit(server.pid(), RLIMIT_FSIZE, &most, nullptr) == 0);
            http_connection connection(server.port());
            for (int i = 0; i != 200; ++i) {
                CHECK(connection.get("/stats").status == 200);
            }
            eventually("the file is full", [&] { return std::filesystem::file_size(path) == 4096; });
            CHECK(connection.get("/stats").status == 200);
            server.terminate();
            CHECK(server.wait_exit() == exit_status{.code = 0, .signal = 0});
        }
        ::close(file);
    }

    TEST_CASE("listen · a stale socket file is replaced")
    {
        const temporary_directory directory;
        const auto path = directory.file("sluice.sock");
        leave_stale_socket(path);
        for (int i = 0; i < 2; ++i) {
            server_process server({"--listen", "unix:" + path});
            CHECK(get(endpoint::unix_socket(path), "/healthz").status == 200);
        }
    }

    TEST_CASE("listen · neither a socket in use nor a file that is no socket is replaced")
    {
        const temporary_directory directory;
        const auto path = directory.file("sluice.sock");
        server_process server({"--listen", "unix:" + path});
        check_refused_start({.arguments = {"--listen", "unix:" + path}}, failed, {path});
        CHECK(get(endpoint::unix_socket(path), "/healthz").status == 200);
        const auto file = directory.write("notes.txt", "precious");
        check_refused_start({.arguments = {"--listen", "unix:" + file}}, failed, {file});
        std::string content;
        std::getline(std::ifstream(file), content);
        CHECK(content == "precious");
    }

    TEST_CASE("listen · a port in use ends the start with 1")
    {
        server_process server;
        const auto address = fmt::format("127.0.0.1:{}", server.port());
        check_refused_start({.arguments = {"--listen", address}}, failed, {std::to_string(server.port())});
        check_refused_start({.arguments = {"--listen", "127.0.0.1:0", "--listen", address}}, failed,
                            {std::to_string(server.port())});
        CHECK(get(server.port(), "/healthz").status == 200);
    }

    TEST_CASE("listen · a path in a directory that is not there ends the start with 1")
    {
        check_refused_start({.arguments = {"--listen", "unix:/nowhere/at/all.sock"}}, failed, {"/nowhere/at/all.sock"});
    }

    TEST_CASE("options · a bad one ends the start with 2 and one line that names it")
    {
        for_each_row(bad_starts, [](const bad_start& row) {
            check_refused_start({.arguments = row.arguments, .add_listen = false}, misused, {row.named});
        });
    }

    TEST_CASE("version · is printed, and nothing is started")
    {
        const auto result = run_server({.arguments = {"--version"}});
        CHECK(result.status == exit_status{.code = 0, .signal = 0});
        CHECK(line_count(result.out) == 1);
        CHECK(result.out.find("0.1.0") != std::string::npos);
        CHECK(result.err.empty());
    }

    TEST_CASE("help · names every option, and nothing is started")
    {
        const auto result = run_server({.arguments = {"--help"}});
        CHECK(result.status == exit_status{.code = 0, .signal = 0});
        for (const auto& option : all_options) {
            CHECK_MESSAGE(result.out.find(option) != std::string::npos, option);
        }
        CHECK(result.out.find("listening") == std::string::npos);
        CHECK(result.err.empty());
    }
}
