// What the service manager is told: sd_notify(3), over a datagram socket of the test's own.
#include "checks.hpp"
#include "temporary_directory.hpp"
#include <support/event_stream.hpp>
#include <support/notify_socket.hpp>

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <utility>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

std::pair<std::string, std::string> variable(const notify_socket& told) { return {"NOTIFY_SOCKET", told.name()}; }

} // namespace

TEST_SUITE("contract/service manager")
{
    TEST_CASE("notify · ready when connections are accepted, stopping when the drain begins")
    {
        const temporary_directory directory;
        for (const std::string prefix : {"", "@"}) {
            const notify_socket told(prefix + directory.file("notify"));
            server_process server(server_options{.environment = {variable(told)}});
            CHECK(told.next() == fmt::format("READY=1\nSTATUS=listening on http://127.0.0.1:{}", server.port()));
            event_stream stream(server.port());
            stream.connected();
            server.terminate();
            CHECK(told.next() == "STOPPING=1\nSTATUS=draining 1 streams");
            CHECK(server.wait_exit() == exit_status{.code = 0, .signal = 0});
            CHECK(told.next(deadline::unscaled(50ms)).empty());
        }
    }

    TEST_CASE("notify · a reload is told when it begins and when it is over, however it went")
    {
        const temporary_directory directory;
        const notify_socket told(directory.file("notify"));
        const auto file = directory.write("sluice.toml", "retry = \"2s\"\n");
        server_process server(server_options{.arguments = {"--config", file}, .environment = {variable(told)}});
        CHECK(told.next().starts_with("READY=1\n"));
        for (const auto* const content : {"log_level = \"warn\"\n", "nonsense\n"}) {
            static_cast<void>(directory.write("sluice.toml", content));
            server.terminate(SIGHUP);
            CHECK(told.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
            CHECK(told.next() == "READY=1");
        }
    }

    TEST_CASE("notify · the watchdog gets its signs of life, up to the end of a drain")
    {
        const temporary_directory directory;
        const notify_socket told(directory.file("notify"));
        server_process server(
            server_options{.arguments = {"--threads", "2", "--drain-timeout", "2s", "--write-timeout", "60s"},
                           .environment = {variable(told), {"WATCHDOG_USEC", "200000"}}});
        CHECK(told.next().starts_with("READY=1"));
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < 5; ++i) {
            CHECK(told.next() == "WATCHDOG=1");
        }
        const auto elapsed = std::chrono::steady_clock::now() - begin;
        CHECK(elapsed >= 400ms);
        CHECK(elapsed < 1s * slowness());
        endpoint narrow(server.port());
        narrow.receive_buffer = 4096;
        event_stream stuck(narrow);
        stuck.connected();
        for (int i = 0; i < 60; ++i) {
            broadcast(server.port(), std::string(200'000, 'x'));
        }
        server.terminate();
        auto next = told.next();
        while (next == "WATCHDOG=1") {
            next = told.next();
        }
        CHECK(next.starts_with("STOPPING=1"));
        CHECK(told.next() == "WATCHDOG=1"); // the drain waits for the stuck client
        CHECK(server.wait_exit() == exit_status{.code = 0, .signal = 0});
    }

    TEST_CASE("notify · a watchdog for another process gets none")
    {
        const temporary_directory directory;
        const notify_socket told(directory.file("notify"));
        server_process server(
            server_options{.environment = {variable(told), {"WATCHDOG_USEC", "20000"}, {"WATCHDOG_PID", "1"}}});
        CHECK(told.next().starts_with("READY=1"));
        CHECK(told.next(deadline::unscaled(200ms)).empty());
    }

    TEST_CASE("notify · a manager that is not there, or cannot be, is no reason not to serve")
    {
        const temporary_directory directory;
        for (const auto& name : {directory.file("nobody"), std::string("vsock:2:1"), std::string(200, '/')}) {
            server_process server(server_options{.environment = {{"NOTIFY_SOCKET", name}}});
            CHECK(get(server.port(), "/healthz").status == 200);
            server.wait_for_log("the service manager");
        }
    }
}
