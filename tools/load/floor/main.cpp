// The floor: what any server must spend to deliver events over one socket per subscriber. See --help.

#include "floor_server.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include <sys/epoll.h>
#include <sys/signalfd.h>

namespace {

using namespace sluice::load;

/// Turns TERM and INT into a flag that the loop looks at.
class stop_signals final : private io_handler {
public:
    explicit stop_signals(reactor& loop)
    {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        ::sigprocmask(SIG_BLOCK, &signals, nullptr);
        fd_ = unique_fd(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
        loop.add(fd_.get(), EPOLLIN, *this);
    }
    bool came() const { return came_; }

private:
    void on_ready(std::uint32_t /*events*/) override { came_ = true; }

    unique_fd fd_;
    bool came_ = false;
};

constexpr int status_unavailable = 3;

constexpr auto description =
    "The floor that an SSE server is compared with: ready bytes into one socket per subscriber, and little else.\n"
    "GET /events is a stream, POST /broadcast an event for all streams that were asked for with the same query (most\n"
    "often none), or a batch of events as NDJSON.\n"
    "  each             every event is sent to every subscriber at once, by one send\n"
    "  coalesced        the events that arrive together leave in one send per subscriber\n"
    "  uring            as each, many sends in one system call, through io_uring\n"
    "  uring-coalesced  as coalesced, through io_uring\n"
    "Exit status: 0 after TERM or INT; 1 a failure; 2 a bad option; 3 io_uring is not available here (no liburing in\n"
    "the build, a kernel before Linux 5.19, or a system that refuses it), with one line that says why.";

struct choice {
    std::string listen = "127.0.0.1:0";
    bool coalesces = false;
    bool through_uring = false;
};

/// The sending mode by its name.
void set_mode(choice& chosen, const std::string& name)
{
    chosen.coalesces = name.ends_with("coalesced");
    chosen.through_uring = name.starts_with("uring");
}

void run(const choice& chosen)
{
    raise_file_limit();
    auto sender = chosen.through_uring ? make_uring_sender() : make_syscall_sender();
    reactor loop;
    const stop_signals stop(loop);
    const auto where = resolve(chosen.listen);
    const auto how = chosen.coalesces ? floor_server::sending::coalesced : floor_server::sending::each_event;
    floor_server server(loop, where, how, std::move(sender));
    const auto host = where.authority.substr(0, where.authority.rfind(':'));
    fmt::print("floor listening on http://{}:{}\n", host, server.port());
    std::fflush(stdout);
    while (!stop.came()) {
        loop.poll(std::chrono::nanoseconds(-1));
        server.end_turn();
    }
    fmt::print(stderr, "floor: {} subscribers left, {} dropped because they were slow\n", server.clients(),
               server.dropped());
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app(description, "sluice-floor");
    choice chosen;
    std::string mode = "each";
    app.add_option("--listen", chosen.listen, "ADDR:PORT; port 0 takes a free one")->capture_default_str();
    app.add_option("--send", mode, "how")
        ->check(CLI::IsMember({"each", "coalesced", "uring", "uring-coalesced"}))
        ->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    set_mode(chosen, mode);
    try {
        run(chosen);
    } catch (const uring_unavailable& error) {
        fmt::print(stderr, "sluice-floor: io_uring is not available: {}\n", error.what());
        return status_unavailable;
    } catch (const std::exception& error) {
        fmt::print(stderr, "sluice-floor: {}\n", error.what());
        return 1;
    }
    return 0;
}
