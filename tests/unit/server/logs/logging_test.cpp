#include <logs/logging.hpp>

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace sluice::server;

namespace {

struct ended {
    std::string log;
    int status;
};

/// Runs it in a process of its own, for the log is the process's, and reads what that writes to standard error.
ended in_a_child(std::function<int()> const& run)
{
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    auto const pid = ::fork();
    if (pid == 0) {
        ::alarm(30);
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        std::signal(SIGABRT, SIG_DFL); // doctest's would report
        ::_exit(run());
    }
    ::close(ends[1]);
    ended child{};
    std::array<char, 4096> buffer{};
    for (auto size = ::read(ends[0], buffer.data(), buffer.size()); size > 0;
         size = ::read(ends[0], buffer.data(), buffer.size())) {
        child.log.append(buffer.data(), static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    ::waitpid(pid, &child.status, 0);
    return child;
}

void start(char const* level)
{
    options o;
    o.log_level = level;
    start_logging(o);
}

} // namespace

TEST_SUITE_BEGIN("server/logging");

TEST_CASE("set_log_level · counts from then on")
{
    auto const child = in_a_child([] {
        start("info");
        log_event(log_level::debug, "first");
        bool const before = logs(log_level::debug);
        set_log_level("debug");
        log_event(log_level::debug, "second", {{"key", 1}});
        bool const after = logs(log_level::debug);
        set_log_level("error");
        log_event(log_level::warn, "third");
        return stop_logging() && !before && after ? 0 : 1;
    });
    CHECK(child.status == 0);
    CHECK(child.log.find("first") == std::string::npos);
    CHECK(child.log.find(" debug second: key=1\n") != std::string::npos);
    CHECK(child.log.find("third") == std::string::npos);
}

TEST_CASE("log · a process that dies of an exception has its last lines")
{
    auto const child = in_a_child([]() -> int {
        start("info");
        log_event(log_level::info, "before");
        std::thread{[] { throw std::runtime_error{"the reason"}; }}.join();
        return 0;
    });
    CHECK(WIFSIGNALED(child.status));
    CHECK(WTERMSIG(child.status) == SIGABRT);
    CHECK(child.log.find(" info before\n") != std::string::npos);
    CHECK(child.log.find(" error the process failed: error=\"the reason\"\n") != std::string::npos);
}

TEST_CASE("exit_process · ends with the status and the last lines")
{
    auto const child = in_a_child([]() -> int {
        start("info");
        log_event(log_level::info, "last");
        exit_process(143);
    });
    CHECK(WIFEXITED(child.status));
    CHECK(WEXITSTATUS(child.status) == 143);
    CHECK(child.log.find(" info last\n") != std::string::npos);
}

TEST_SUITE_END();
