#include "connection.hpp"

#include "http_connection.hpp"
#include "logs/logging_observer.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <new>
#include <utility>

namespace sluice::server {

namespace asio = boost::asio;

namespace {

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

/// What to call when an exception has ended a connection's coroutine. It holds what lasts as long as its stream.
[[nodiscard]] auto on_done(service const& s, std::unique_ptr<stream_attendance> attendance = nullptr)
{
    return [&s, attendance = std::move(attendance)](std::exception_ptr const& failure) {
        s.log.on_connection_failed(failure);
    };
}

/// Serves requests until one asks for a stream. The stream gets a coroutine of its own, so that an idle one keeps
/// nothing of its request.
task<void> serve_requests(socket_type socket, service& s, entrance const& by, worker& home)
{
    http_connection::outcome next;
    {
        http_connection connection{socket, s, by, home};
        bool memory_short = false;
        try {
            next = co_await connection.run();
        } catch (std::bad_alloc const&) {
            memory_short = true;
        }
        if (memory_short) {
            connection.give_up();
            co_await connection.say_farewell();
        }
    }
    if (next.stream) {
        fresh_frames const fresh;
        auto stream = next.from->handler.stream(std::move(socket), std::move(next.stream));
        asio::co_spawn(home.executor(), std::move(stream), on_done(s, std::move(next.attendance)));
    }
}

} // namespace

void start_connection(socket_type socket, service& s, entrance const& by, worker& home)
{
    auto connection = serve_requests(std::move(socket), s, by, home);
    asio::co_spawn(home.executor(), std::move(connection), on_done(s));
}

} // namespace sluice::server
