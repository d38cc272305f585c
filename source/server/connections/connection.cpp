#include "connection.hpp"

#include "http_connection.hpp"
#include "logs/logging.hpp"
#include "logs/logging_observer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <new>
#include <utility>

#include <unistd.h>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

void spawn(socket_type socket, service& s, entrance const& by, worker& home, std::unique_ptr<handover> pending);

void log_not_moved(service const& s, session_id id, error_code ec)
{
    log_event(log_level::warn, "a connection could not be moved to its session",
              {{"handle", s.broker.handle_of(id)}, {"error", ec.message()}});
}

/// Passes a request for a stream to the worker on which its session lives.
void move_connection(socket_type& socket, service& s, entrance const& by, std::unique_ptr<handover> sent)
{
    auto const id = parse_session_id(sent->request->connect.claim).value_or(session_id{});
    auto& there = *s.workers[home_of(id, s.workers.size())];
    error_code ec;
    auto const protocol = socket.local_endpoint(ec).protocol();
    auto const descriptor = socket.release(ec);
    if (ec) {
        log_not_moved(s, id, ec);
        return;
    }
    asio::post(there.executor(), [&s, &by, &there, id, protocol, descriptor, pending = std::move(sent)]() mutable {
        error_code failed;
        socket_type moved{there.executor()};
        moved.assign(protocol, descriptor, failed);
        if (failed) {
            log_not_moved(s, id, failed);
            ::close(descriptor);
            return;
        }
        spawn(std::move(moved), s, by, there, std::move(pending));
    });
}

/// Occupies for a while the two blocks that Asio may keep for the next coroutines, because `awaitable` recycles frames.
/// A stream lasts, so its frame should be only as large as necessary, not as large as that of an earlier request.
class fresh_frames {
public:
    fresh_frames() = default;

private:
    static task<void> fill() { co_return; }

    task<void> first_ = fill();
    task<void> second_ = fill();
};

/// What to call when an exception has ended a connection's coroutine.
[[nodiscard]] auto on_done(service const& s)
{
    return [&s](std::exception_ptr const& failure) { s.log.on_connection_failed(failure); };
}

/// Serves requests until one asks for a stream that lives here. The stream gets a coroutine of its own, so that an idle
/// one keeps nothing of its request.
task<void> serve_requests(socket_type socket, service& s, entrance const& by, worker& home,
                          std::unique_ptr<handover> pending)
{
    http_connection::outcome next;
    {
        http_connection connection{socket, s, by, home};
        bool memory_short = false;
        try {
            next = co_await connection.run(std::move(pending));
        } catch (std::bad_alloc const&) {
            memory_short = true;
        }
        if (memory_short) {
            connection.give_up();
            co_await connection.say_farewell();
        }
    }
    if (next.elsewhere) {
        move_connection(socket, s, by, std::move(next.elsewhere));
    } else if (next.stream) {
        fresh_frames const fresh;
        auto stream = next.from->handler.stream(std::move(socket), std::move(*next.stream));
        asio::co_spawn(home.executor(), std::move(stream), on_done(s));
    }
}

void spawn(socket_type socket, service& s, entrance const& by, worker& home, std::unique_ptr<handover> pending)
{
    auto connection = serve_requests(std::move(socket), s, by, home, std::move(pending));
    asio::co_spawn(home.executor(), std::move(connection), on_done(s));
}

} // namespace

void start_connection(socket_type socket, service& s, entrance const& by, worker& home)
{
    spawn(std::move(socket), s, by, home, nullptr);
}

} // namespace sluice::server
