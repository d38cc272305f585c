// Sockets that the process is started with, as systemd passes them: a restart refuses no connection.
#include "refused_start.hpp"
#include "temporary_directory.hpp"
#include <support/event_stream.hpp>
#include <support/own_socket.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <set>
#include <thread>

#include <fcntl.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr int failed = 1;
constexpr int misused = 2;

server_options with(std::vector<int> sockets, std::vector<std::string> arguments = {})
{
    return {.arguments = std::move(arguments), .sockets = std::move(sockets), .add_listen = false};
}

/// Whether a program that the process starts would not inherit the descriptor.
bool is_closed_on_exec(pid_t pid, int descriptor)
{
    std::ifstream info(fmt::format("/proc/{}/fdinfo/{}", pid, descriptor));
    std::string key;
    std::string flags;
    while (info >> key >> flags) {
        if (key == "flags:") {
            return (std::stoul(flags, nullptr, 8) & O_CLOEXEC) != 0;
        }
    }
    fail("the flags of the descriptor", "none");
}

/// What became of a publisher's events.
struct published {
    std::vector<std::string> accepted; ///< ids, in order
    int retries = 0;
};

/// Publishes one event after the other, each on a connection of its own and again until it is accepted. A connection
/// that is refused fails the test.
published publish_until(std::uint16_t port, const std::atomic<bool>& done)
{
    published all;
    for (int i = 0; !done || all.accepted.empty(); ++i) {
        for (bool accepted = false; !accepted;) {
            http_connection connection(port); // throws when it is refused
            try {
                const auto answer = connection.post_json("/broadcast", {{"data", std::to_string(i)}});
                if (answer.status == 200) {
                    all.accepted.push_back(text(answer.json().at("id")));
                    accepted = true;
                } else {
                    CHECK(answer.status == 503);
                    CHECK(answer.headers.has("Retry-After"));
                }
            } catch (const test_failure&) {
                // It was closed before it was answered: the last of a server that stops.
            }
            all.retries += accepted ? 0 : 1;
        }
    }
    return all;
}

std::vector<std::string> ids_to_end(event_stream& stream)
{
    std::vector<std::string> ids;
    while (const auto event = stream.next_or_end()) {
        if (event->type == "message") {
            ids.push_back(event->id);
        }
    }
    return ids;
}

} // namespace

TEST_SUITE("contract/activation")
{
    TEST_CASE("activation · TCP, IPv6 and local sockets serve, and the ready lines name them")
    {
        const temporary_directory directory;
        const auto path = directory.file("sluice.sock");
        const auto v4 = own_socket::ipv4("127.0.0.1");
        const auto v6 = own_socket::ipv6("::1");
        const auto local = own_socket::local(path);
        const auto abstract = own_socket::local("@" + path);
        {
            server_process server(with({v4.descriptor(), v6.descriptor(), local.descriptor(), abstract.descriptor()}));
            CHECK(server.listening() == std::vector<std::string>{fmt::format("http://127.0.0.1:{}", v4.port()),
                                                                 fmt::format("http://[::1]:{}", v6.port()),
                                                                 "unix:" + path, "unix:@" + path});
            endpoint to_v6(v6.port());
            to_v6.address = "::1";
            event_stream by_v4(v4.port());
            event_stream by_v6(to_v6);
            event_stream by_local(endpoint::unix_socket(path));
            const auto id = broadcast(v4.port(), "to all");
            for (auto* stream : {&by_v4, &by_v6, &by_local}) {
                CHECK(stream->next_of_type("message").id == id);
            }
            for (const int descriptor : {3, 4, 5, 6}) {
                CHECK(is_closed_on_exec(server.pid(), descriptor));
            }
            server.terminate();
            CHECK(server.wait_exit() == success);
        }
        // It is not the server's file.
        CHECK(std::filesystem::is_socket(path));
    }

    TEST_CASE("activation · a socket at the operators' address is theirs")
    {
        const auto clients = own_socket::ipv4("127.0.0.1");
        const auto operators = own_socket::ipv4("127.0.0.1");
        auto options = with({clients.descriptor(), operators.descriptor()});
        options.arguments.insert(options.arguments.end(),
                                 {"--operations-listen", fmt::format("127.0.0.1:{}", operators.port())});
        server_process server(options);
        CHECK(server.listening().size() == 2);
        CHECK(get(operators.port(), "/metrics").status == 200);
        CHECK(get(clients.port(), "/metrics").status == 404);
        CHECK(post(clients.port(), "/broadcast").status == 200);
        CHECK(post(operators.port(), "/broadcast").status == 404);
    }

    TEST_CASE("activation · what --listen names beside them is bound, and not twice what they have already")
    {
        const auto passed = own_socket::ipv4("127.0.0.1");
        auto options = with({passed.descriptor()},
                            {"--listen", fmt::format("127.0.0.1:{}", passed.port()), "--listen", "[::1]:0"});
        options.listeners = 2;
        server_process server(options);
        REQUIRE(server.listening().size() == 2);
        CHECK(server.listening()[0] == fmt::format("http://127.0.0.1:{}", passed.port()));
        CHECK(server.listening()[1].starts_with("http://[::1]:"));
        CHECK(get(passed.port(), "/healthz").status == 200);
    }

    TEST_CASE("activation · variables for another process are none for this one")
    {
        server_process server(server_options{.environment = {{"LISTEN_FDS", "2"}, {"LISTEN_PID", "1"}}});
        REQUIRE(server.listening().size() == 1);
        CHECK(get(server.port(), "/healthz").status == 200);
    }

    TEST_CASE("activation · a descriptor of a wrong kind ends the start with 1 and names it")
    {
        const temporary_directory directory;
        const auto good = own_socket::ipv4("127.0.0.1");
        const auto datagrams = own_socket::ipv4("127.0.0.1", SOCK_DGRAM, false);
        const auto silent = own_socket::ipv4("127.0.0.1", SOCK_STREAM, false);
        const auto packets = own_socket::local(directory.file("packets"), SOCK_DGRAM);
        const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        for (const int wrong : {datagrams.descriptor(), silent.descriptor(), packets.descriptor(), file}) {
            check_refused_start(with({good.descriptor(), wrong}), failed, {"descriptor 4"});
        }
        ::close(file);
    }

    TEST_CASE("activation · a number of sockets that is none ends the start with 1")
    {
        for (const std::string number : {"many", "-1", "3x", "99999999"}) {
            const server_options options{
                .arguments = {"-c", R"(export LISTEN_PID=$$; exec "$0")", std::string(SLUICE_BINARY)},
                .environment = {{"LISTEN_FDS", number}},
                .add_listen = false,
                .binary = "/bin/sh"};
            check_refused_start(options, failed, {"LISTEN_FDS"});
        }
    }

    TEST_CASE("activation · a socket that is open to others needs a publish token, or --insecure")
    {
        const auto open = own_socket::ipv4("0.0.0.0");
        const auto open_v6 = own_socket::ipv6("::");
        check_refused_start(with({open.descriptor()}), misused, {fmt::format("0.0.0.0:{}", open.port())});
        check_refused_start(with({open_v6.descriptor()}), misused, {fmt::format("[::]:{}", open_v6.port())});
        for (const auto& meant : {std::vector<std::string>{"--insecure"}, {"--publish-token", "secret"}}) {
            server_process server(with({open.descriptor()}, meant));
            CHECK(get(open.port(), "/healthz").status == 200);
        }
    }

    TEST_CASE("activation · a restart refuses no connection, and every event that was accepted is accounted for")
    {
        const auto socket = own_socket::ipv4("127.0.0.1");
        const auto port = socket.port();
        const std::vector<std::string> arguments{"--threads", "2", "--drain-spread", "0", "--retry", "1s"};
        std::atomic<bool> done = false;
        auto first = std::make_unique<server_process>(with({socket.descriptor()}, arguments));
        event_stream before(port);
        before.connected();
        auto publisher = std::async(std::launch::async, publish_until, port, std::cref(done));
        for (int i = 0; i < 100; ++i) {
            before.next_of_type("message");
        }
        first->terminate();
        auto seen = ids_to_end(before);
        CHECK(first->wait_exit() == success);
        first = nullptr;

        // Nobody accepts now; who connects waits. The client comes back with what it has.
        auto back = std::async(std::launch::async, [&] {
            return std::make_unique<event_stream>(
                port, stream_options{.session = before.session_id(), .last_event_id = before.last_event_id()}, 20s);
        });
        server_process second(with({socket.descriptor()}, arguments));
        const auto after = back.get();
        CHECK(after->connected().at("dropped").is_null()); // what came between is told as lost
        const auto from = after->next_of_type("message").id;
        for (int i = 0; i < 100; ++i) {
            seen.push_back(after->next_of_type("message").id);
        }
        done = true;
        const auto all = publisher.get();
        second.terminate();
        const auto rest = ids_to_end(*after);
        CHECK(second.wait_exit() == success);
        seen.insert(seen.end(), rest.begin(), rest.end());
        seen.push_back(from);

        // Whatever the first server has answered with an id was on the stream before its shutdown, and whatever the
        // second one has, from the moment on at which the stream was back.
        const std::set<std::string> had(seen.begin(), seen.end());
        const auto epoch = position(from).first;
        std::size_t lost = 0;
        for (std::size_t i = 100; i < all.accepted.size(); ++i) {
            const auto at = position(all.accepted[i]);
            const bool between = at.first == epoch && at.second < position(from).second;
            if (!between && !had.contains(all.accepted[i])) {
                ++lost;
            }
        }
        CHECK(lost == 0);
        MESSAGE("accepted: " << all.accepted.size() << ", tried again: " << all.retries);
    }
}
