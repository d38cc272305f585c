#include <support/server_process.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// A shell script in the server's place; `$@` are the options.
class script_file {
public:
    explicit script_file(std::string_view body)
        : path_(std::filesystem::temp_directory_path() / fmt::format("sluice-support-test-{}.sh", ::getpid()))
    {
        std::ofstream(path_) << "#!/bin/sh\n" << body << '\n';
        ::chmod(path_.c_str(), 0700);
    }
    ~script_file() { std::filesystem::remove(path_); }
    script_file(const script_file&) = delete;
    script_file& operator=(const script_file&) = delete;

    [[nodiscard]] server_options options(std::vector<std::string> arguments = {}) const
    {
        return {.arguments = std::move(arguments), .binary = path_.string()};
    }

private:
    std::filesystem::path path_;
};

constexpr std::string_view obedient = R"(
trap 'exit 0' TERM
echo "options: $*" >&2
echo "sluice listening on http://127.0.0.1:4711"
while :; do sleep 0.01; done)";

} // namespace

TEST_SUITE("support/server_process")
{
    TEST_CASE("start · adds a free port, finds the ready line, and drains by TERM")
    {
        const script_file script(obedient);
        server_process server(script.options({"--threads", "2"}));
        CHECK(server.port() == 4711);
        server.wait_for_log("options: --listen 127.0.0.1:0 --threads 2");
        CHECK_THROWS_AS(server.wait_for_log("never", 20ms), test_failure);
        CHECK(server.open_descriptors() >= 3);
        CHECK(server.resident_bytes() > 100'000);
        CHECK(server.threads() == 1);
        server.terminate();
        CHECK(server.wait_exit() == exit_status{.code = 0, .signal = 0});
        CHECK_THROWS_AS(static_cast<void>(server.open_descriptors()), test_failure);
    }

    TEST_CASE("start · waits for as many ready lines as there are listeners")
    {
        const script_file script("echo 'sluice listening on unix:/x'\n" + std::string(obedient));
        server_process server(script.options({"--listen", "unix:/x", "--listen=127.0.0.1:0"}));
        CHECK(server.listening() == std::vector<std::string>{"unix:/x", "http://127.0.0.1:4711"});
        CHECK(server.port() == 4711);
        server.wait_for_log("options: --listen unix:/x --listen=127.0.0.1:0\n");
    }

    TEST_CASE("start · a server that ends first fails the test, with its log")
    {
        const script_file script("echo 'port in use' >&2; exit 1");
        try {
            const server_process server(script.options());
            FAIL("no failure");
        } catch (const test_failure& failure) {
            const std::string_view text = failure.what();
            CHECK(text.find("ended with status 1") != std::string_view::npos);
            CHECK(text.find("port in use") != std::string_view::npos);
        }
    }

    TEST_CASE("run_server · status, output, environment and limit of a start that fails")
    {
        const script_file script(R"(echo "$SLUICE_A $SLUICE_B"; ulimit -n; echo "bad $2" >&2; exit 2)");
        ::setenv("SLUICE_B", "must not be seen", 1);
        auto options = script.options();
        options.environment = {{"SLUICE_A", "given"}};
        options.open_files = 64;
        const auto run = run_server(options);
        ::unsetenv("SLUICE_B");
        CHECK(run.status == exit_status{.code = 2, .signal = 0});
        CHECK(run.out == "given \n64\n");
        CHECK(run.err == "bad 127.0.0.1:0\n");
    }

    TEST_CASE("run_server · one that runs on fails the test and is killed")
    {
        const script_file script(obedient);
        CHECK_THROWS_AS(run_server(script.options(), 50ms), test_failure);
    }

    TEST_CASE("wait_exit · tells a signal from a status")
    {
        const script_file script(obedient);
        server_process server(script.options());
        server.terminate(SIGKILL);
        CHECK(server.wait_exit() == exit_status{.code = -1, .signal = SIGKILL});
    }

    TEST_CASE("end · a non-zero status after TERM fails the test" * doctest::should_fail())
    {
        const script_file script("trap 'exit 66' TERM\necho 'sluice listening on http://127.0.0.1:1'\nwhile "
                                 ":; do sleep 0.01; done");
        const server_process server(script.options());
    }

    TEST_CASE("end · a sanitizer's report fails the test though the status is 0" * doctest::should_fail())
    {
        const script_file script("echo 'WARNING: ThreadSanitizer: data race' >&2\n" + std::string(obedient));
        const server_process server(script.options());
    }

    TEST_CASE("end · a server that crashed unseen fails the test" * doctest::should_fail())
    {
        const script_file script("echo 'sluice listening on http://127.0.0.1:1'; sleep 0.05; kill -ABRT $$");
        const server_process server(script.options());
        eventually("the script is a zombie", [&] {
            std::ifstream status(fmt::format("/proc/{}/status", server.pid()));
            const std::string text(std::istreambuf_iterator<char>(status), {});
            return text.find("State:\tZ") != std::string::npos;
        });
    }

    TEST_CASE("last_lines · of a log")
    {
        CHECK(last_lines("a\nb\nc\n", 2) == "b\nc\n");
        CHECK(last_lines("a\nb\nc", 2) == "b\nc");
        CHECK(last_lines("a\n", 2) == "a\n");
        CHECK(last_lines("", 2) == "");
    }
}
