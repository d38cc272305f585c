// Standard error that takes nothing: the log waits, gives way and says so; everything else goes on.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::steady_clock;

/// A pipe that is full: who writes to it waits until somebody reads.
class full_pipe {
public:
    full_pipe()
    {
        REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0);
        REQUIRE(::fcntl(ends_[1], F_SETPIPE_SZ, 4096) > 0);
        REQUIRE(::fcntl(ends_[1], F_SETFL, O_NONBLOCK) == 0);
        while (::write(ends_[1], "\n", 1) == 1) {
        }
        REQUIRE(::fcntl(ends_[1], F_SETFL, 0) == 0);
    }
    ~full_pipe()
    {
        ::close(ends_[0]);
        close_end();
    }
    full_pipe(const full_pipe&) = delete;
    full_pipe& operator=(const full_pipe&) = delete;

    [[nodiscard]] int end() const { return ends_[1]; }
    [[nodiscard]] int reading_end() const { return ends_[0]; }
    /// Only the server has the end from here on.
    void close_end()
    {
        if (ends_[1] >= 0) {
            ::close(ends_[1]);
            ends_[1] = -1;
        }
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

/// Reads a pipe from now on until nobody has its other end any more.
class pipe_reader {
public:
    explicit pipe_reader(full_pipe& pipe) : pipe_(pipe)
    {
        pipe_.close_end();
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }

    [[nodiscard]] std::string text() const
    {
        const std::lock_guard lock(mutex_);
        return text_;
    }
    /// All of it, at its end.
    std::string join()
    {
        thread_.join();
        return text();
    }

private:
    void run(const std::stop_token& stop)
    {
        std::array<char, 65536> buffer{};
        while (!stop.stop_requested()) {
            pollfd entry{.fd = pipe_.reading_end(), .events = POLLIN, .revents = 0};
            if (::poll(&entry, 1, 20) != 1) {
                continue;
            }
            const auto size = ::read(pipe_.reading_end(), buffer.data(), buffer.size());
            if (size <= 0) {
                return;
            }
            const std::lock_guard lock(mutex_);
            text_.append(buffer.data(), static_cast<std::size_t>(size));
        }
    }

    full_pipe& pipe_;
    mutable std::mutex mutex_;
    std::string text_;
    std::jthread thread_;
};

server_options stuck(const full_pipe& pipe, std::vector<std::string> more = {})
{
    std::vector<std::string> arguments{"--log-level", "debug", "--max-connections", "10", "--threads", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return {.arguments = arguments, .standard_error = pipe.end()};
}

struct accounts {
    std::size_t written = 0; ///< lines, but for those that tell of dropped ones
    std::size_t dropped = 0; ///< by what those say
    std::size_t notices = 0;
};

accounts account_for(std::string_view log)
{
    constexpr std::string_view notice = "log lines were dropped: count=";
    accounts found;
    log.remove_prefix(std::min(log.find_first_not_of('\n'), log.size())); // what filled the pipe
    for (auto at = log.find(notice); at != std::string_view::npos; at = log.find(notice, at + 1)) {
        found.dropped += std::stoul(std::string(log.substr(at + notice.size(), 20)));
        ++found.notices;
    }
    found.written = line_count(log) - found.notices;
    return found;
}

} // namespace

TEST_SUITE("contract/stuck log")
{
    TEST_CASE("stuck log · 10,000 lines hold nobody up, and each is written or counted as dropped")
    {
        constexpr std::size_t requests = 10'000;
        full_pipe pipe;
        server_process server(stuck(pipe));
        event_stream stream(server.port());
        stream.connected();
        http_connection connection(server.port());
        for (std::size_t i = 0; i < requests / 100; ++i) {
            for (int n = 0; n < 99; ++n) {
                REQUIRE(connection.get("/healthz", 2s).status == 200);
            }
            const auto data = std::to_string(i);
            REQUIRE(connection.post_json("/broadcast", {{"data", data}}, 2s).status == 200);
            CHECK(stream.next_of_type("message", 2s).data == data);
        }
        pipe_reader reader(pipe);
        // The stream is a request too, and opened; and there are starting and ready.
        eventually("all is written or told", [&] {
            const auto now = account_for(reader.text());
            return now.written + now.dropped == requests + 4;
        });
        CHECK(account_for(reader.text()).dropped > 1000);
        server.terminate();
        CHECK(server.wait_exit() == success);
        const auto log = reader.join();
        const auto all = account_for(log);
        CHECK(all.written + all.dropped == requests + 8); // draining, stream ended, drained, stopped
        CHECK(log.find(" stopped:") != std::string::npos);
    }

    TEST_CASE("stuck log · what was dropped is told as soon as the log flows again")
    {
        full_pipe pipe;
        server_process server(stuck(pipe));
        http_connection connection(server.port());
        for (int i = 0; i < 6000; ++i) {
            REQUIRE(connection.get("/healthz", 2s).status == 200);
        }
        const auto metrics = connection.get("/metrics", 2s).body;
        constexpr std::string_view counted = "\nsluice_log_lines_dropped_total ";
        const auto at = metrics.find(counted);
        REQUIRE(at != std::string::npos);
        CHECK(std::stod(metrics.substr(at + counted.size(), 20)) > 1000);
        std::string log;
        std::array<char, 4096> buffer{};
        while (log.find("log lines were dropped") == std::string::npos) {
            const auto size = ::read(pipe.reading_end(), buffer.data(), buffer.size());
            REQUIRE(size > 0);
            log.append(buffer.data(), static_cast<std::size_t>(size));
        }
        // It stands where the gap is: at most what had been taken from the queue comes before it.
        const auto filling = log.find_first_not_of('\n');
        CHECK(line_count(log.substr(filling, log.find("log lines were dropped") - filling)) <= 2);
        const pipe_reader rest(pipe);
        server.terminate();
        CHECK(server.wait_exit() == success);
    }

    TEST_CASE("stuck log · neither a drain nor a second signal waits for it")
    {
        full_pipe pipe;
        {
            server_process server(stuck(pipe, {"--drain-timeout", "3s"}));
            CHECK(get(server.port(), "/healthz").status == 200);
            const auto begin = steady_clock::now();
            server.terminate();
            CHECK(server.wait_exit() == success);
            CHECK(steady_clock::now() - begin < 3s * slowness());
        }
        for (const bool twice : {false, true}) {
            server_process server(stuck(pipe, {"--drain-timeout", twice ? "30s" : "1s"}));
            http_connection body(server.port());
            REQUIRE(body.get("/healthz").status == 200);
            body.send("POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
            http_connection ready(server.port());
            REQUIRE(ready.get("/readyz").status == 200);
            const auto begin = steady_clock::now();
            server.terminate();
            if (twice) {
                ready.read_eof(); // the drain has begun
                server.terminate();
            }
            CHECK(to_string(server.wait_exit()) == to_string(exit_status{.code = twice ? 143 : 0, .signal = 0}));
            CHECK(steady_clock::now() - begin < (twice ? 5s : 1500ms) * slowness());
        }
    }

    TEST_CASE("stuck log · standard error that nobody has any more stops nothing")
    {
        auto pipe = std::make_unique<full_pipe>();
        server_process server(stuck(*pipe));
        pipe = nullptr;
        http_connection connection(server.port());
        for (int i = 0; i < 100; ++i) {
            REQUIRE(connection.get("/healthz").status == 200);
        }
        server.terminate();
        CHECK(server.wait_exit() == success);
    }
}
