// The floor: what any server must spend to deliver events over one socket per subscriber. See --help.

#include "floor_server.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>

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

void run(const std::string& listen, floor_server::sending how)
{
    raise_file_limit();
    reactor loop;
    const stop_signals stop(loop);
    const auto where = resolve(listen);
    floor_server server(loop, where, how);
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
    CLI::App app("The floor that an SSE server is compared with: one send of ready bytes per subscriber and event.\n"
                 "GET /events is a stream, POST /broadcast an event for all of them.",
                 "sluice-floor");
    std::string listen = "127.0.0.1:0";
    app.add_option("--listen", listen, "ADDR:PORT; port 0 takes a free one")->capture_default_str();
    bool coalesce = false;
    app.add_flag("--coalesce", coalesce, "events that arrive together leave in one send");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        run(listen, coalesce ? floor_server::sending::coalesced : floor_server::sending::each_event);
    } catch (const std::exception& error) {
        fmt::print(stderr, "sluice-floor: {}\n", error.what());
        return 1;
    }
    return 0;
}
