#include "connection.hpp"

#include "http_connection.hpp"
#include "logging.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

#include <unistd.h>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

void spawn(socket_type socket, service& s, worker& home, std::unique_ptr<handover> pending);

/// Hands a request for a stream to the worker on which its session lives.
void move_connection(socket_type& socket, service& s, std::unique_ptr<handover> sent)
{
    auto const id = parse_session_id(sent->request->connect.claim);
    auto& there = *s.workers[home_of(id.value_or(session_id{}), s.workers.size())];
    error_code ec;
    auto const protocol = socket.local_endpoint(ec).protocol();
    auto const descriptor = socket.release(ec);
    if (ec) {
        spdlog::warn("a connection could not be moved to its session: {}", ec.message());
        return;
    }
    asio::post(there.executor(), [&s, &there, protocol, descriptor, pending = std::move(sent)]() mutable {
        error_code failed;
        socket_type moved{there.executor()};
        moved.assign(protocol, descriptor, failed);
        if (failed) {
            spdlog::warn("a connection could not be moved to its session: {}", failed.message());
            ::close(descriptor);
            return;
        }
        spawn(std::move(moved), s, there, std::move(pending));
    });
}

/// Serves requests until one asks for a stream that lives here. What this needs is gone when the stream begins: an idle
/// stream keeps nothing of its request.
task<std::unique_ptr<admission>> serve_requests(socket_type& socket, service& s, worker& home,
                                                std::unique_ptr<handover> pending)
{
    http_connection connection{socket, s, home};
    auto next = co_await connection.run(std::move(pending));
    if (next.elsewhere) {
        move_connection(socket, s, std::move(next.elsewhere));
    }
    co_return std::move(next.stream);
}

task<void> run_connection(socket_type socket, service& s, worker& home, std::unique_ptr<handover> pending)
{
    if (auto admitted = co_await serve_requests(socket, s, home, std::move(pending))) {
        co_await s.handler.stream(socket, std::move(*admitted));
    }
}

void spawn(socket_type socket, service& s, worker& home, std::unique_ptr<handover> pending)
{
    auto const on_done = [](std::exception_ptr const& failure) { log_failure("a connection", failure); };
    auto connection = run_connection(std::move(socket), s, home, std::move(pending));
    asio::co_spawn(home.executor(), std::move(connection), on_done);
}

} // namespace

void start_connection(socket_type socket, service& s, worker& home) { spawn(std::move(socket), s, home, nullptr); }

} // namespace sluice::server
