#include <sluice/event_source/connection_loop.hpp>

#include <sluice/event_source/asio_stream.hpp>
#include <sluice/event_source/dial.hpp>
#include <sluice/event_source/http_date.hpp>
#include <sluice/event_source/request.hpp>
#include <sluice/event_source/target.hpp>
#include <sluice/event_source/verdict.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/url/scheme.hpp>

#include <fmt/format.h>

#include <exception>
#include <random>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
namespace urls = boost::urls;

connection_loop* connection_loop::start(std::shared_ptr<event_source_core> core)
{
    auto const executor = core->executor();
    std::unique_ptr<connection_loop> loop{new connection_loop{std::move(core)}};
    auto* const started = loop.get();
    // It throws nothing but for want of memory or descriptors, which is the owner of the executor to know.
    asio::co_spawn(executor, run(std::move(loop)), [](std::exception_ptr const& e) {
        if (e) {
            std::rethrow_exception(e);
        }
    });
    return started;
}

connection_loop::connection_loop(std::shared_ptr<event_source_core> core)
    : core_{std::move(core)},
      url_{core_->url()},
      own_origin_{origin_of(url_)},
      delay_{core_->options().retry, core_->options().max_backoff, std::random_device{}()},
      timer_{core_->executor()},
      resolver_{core_->executor()},
      socket_{core_->executor()},
      watchdog_{std::make_shared<watchdog>(core_->executor(), [this] {
          timed_out_ = true;
          interrupt();
      })}
{
    url_.remove_fragment();
}

connection_loop::~connection_loop()
{
    watchdog_->stop();
    core_->on_loop_gone(finished_);
}

void connection_loop::interrupt() noexcept
{
    error_code ignored;
    timer_.cancel();
    resolver_.cancel();
    socket_.close(ignored);
    if (stream_) {
        stream_->close();
    }
}

void connection_loop::wake() noexcept
{
    if (parked_) {
        timer_.cancel();
    }
}

asio::awaitable<void> connection_loop::run(std::unique_ptr<connection_loop> self) { co_await self->run(); }

asio::awaitable<void> connection_loop::run()
{
    while (!core_->ended()) {
        auto end = co_await attempt();
        watchdog_->disarm();
        stream_ = nullptr;
        if (auto const retry = core_->parser().retry()) {
            delay_.set_retry(*retry);
        }
        if (end.final) {
            core_->end(end.error, std::move(end.why));
        }
        if (core_->ended()) {
            break;
        }
        auto const delay = end.after_stream ? delay_.after_stream() : delay_.after_failure(end.retry_after);
        core_->set_connecting(std::move(end.why));
        if (!core_->ended()) {
            co_await wait_until(std::chrono::steady_clock::now() + delay);
        }
    }
    finished_ = true;
}

/// Asks for a stream, wherever that leads, and reads it to its end.
asio::awaitable<connection_loop::ending> connection_loop::attempt()
{
    auto url = url_;
    bool permanent = true;
    for (std::size_t redirects = 0; !core_->ended(); ++redirects) {
        auto asked = co_await ask(url);
        if (asked.error) {
            co_return asked;
        }
        auto const where = std::string{url.buffer()};
        switch (judge(core_->response().head(), core_->options().strict)) {
        case verdict::open:
            core_->open_stream(origin_of(url));
            co_return co_await read_stream(where);
        case verdict::redirect:
            if (auto end = follow(url, redirects, permanent)) {
                co_return std::move(*end);
            }
            continue;
        case verdict::end:
            co_return failed(where, errc::no_content, true);
        case verdict::no_stream:
            co_return failed(where, errc::not_an_event_stream, true);
        case verdict::retry:
            co_return answered(where, true);
        case verdict::fail:
            co_return answered(where, false);
        }
    }
    co_return ending{};
}

/// Moves the URL to where the response leads; or gives why not. What has moved for good is asked for there from now on
/// (RFC 9110, sections 15.4.2 and 15.4.9); another redirection counts for this attempt.
std::optional<connection_loop::ending> connection_loop::follow(urls::url& url, std::size_t redirects, bool& permanent)
{
    auto const where = std::string{url.buffer()};
    if (redirects == core_->options().max_redirects) {
        return failed(where, errc::too_many_redirects, true);
    }
    auto const& head = core_->response().head();
    auto to = redirection(url, head.location, core_->options().tls != nullptr);
    if (!to) {
        return failed(where, to.error(), true);
    }
    url = std::move(*to);
    permanent = permanent && (head.status == 301 || head.status == 308);
    if (permanent) {
        url_ = url;
    }
    return std::nullopt;
}

/// Connects, sends the request and reads the response's head; an error says that there is none.
asio::awaitable<connection_loop::ending> connection_loop::ask(urls::url const& url)
{
    auto const where = std::string{url.buffer()};
    core_->begin_response();
    stream_ = nullptr;
    timed_out_ = false;
    watchdog_->arm(core_->options().connect_timeout);
    error_code ec = co_await connect(url);
    if (!ec) {
        ec = co_await stream_->handshake();
        if (ec && stream_->is_final(ec)) {
            co_return failed(where, ec, true);
        }
    }
    if (!ec) {
        auto const request = make_request({.url = url,
                                           .own_origin = own_origin_,
                                           .last_event_id = core_->parser().last_event_id(),
                                           .options = core_->options(),
                                           .memory = core_->memory()});
        ec = co_await stream_->write(request);
    }
    while (!ec && !core_->read_head()) {
        ec = core_->response().error();
        if (!ec) {
            ec = co_await read_some();
        }
    }
    watchdog_->disarm();
    co_return ec ? failed(where, ec) : ending{};
}

asio::awaitable<error_code> connection_loop::connect(urls::url const& url)
{
    auto const& options = core_->options();
    auto const ec = co_await dial(socket_, resolver_, url, options.unix_socket);
    if (ec || core_->ended()) {
        co_return ec ? ec : asio::error::operation_aborted;
    }
    auto const executor = core_->executor();
    auto socket = std::exchange(socket_, client_socket{executor});
    if (url.scheme_id() == urls::scheme::https) {
        stream_ = options.tls->wrap(std::move(socket), url.host_address());
    } else {
        stream_ = std::make_unique<plain_stream>(std::move(socket));
    }
    co_return error_code{};
}

/// Until the stream ends. As long as an event is there that nobody has received, nothing is read.
asio::awaitable<connection_loop::ending> connection_loop::read_stream(std::string where)
{
    bool brought = false;
    while (!core_->ended()) {
        if (core_->offer()) {
            brought = true;
            watchdog_->disarm();
            parked_ = true;
            co_await wait_until(std::chrono::steady_clock::time_point::max());
            parked_ = false;
            continue;
        }
        if (core_->parser().failed()) {
            co_return failed(where, errc::event_too_large, true);
        }
        error_code ec = core_->response().error();
        if (!ec && core_->response().complete()) {
            ec = asio::error::eof;
        }
        if (!ec) {
            watchdog_->arm(core_->options().heartbeat_deadline);
            ec = co_await read_some();
        }
        if (ec) {
            co_return lost(where, ec, brought);
        }
        brought = true;
    }
    co_return ending{};
}

asio::awaitable<error_code> connection_loop::read_some()
{
    auto const room = core_->prepare();
    if (room.size() == 0) {
        co_return asio::error::no_buffer_space;
    }
    auto const [ec, size] = co_await stream_->read_some(room);
    core_->commit(size);
    if (ec) {
        core_->response().end_of_input();
    }
    co_return ec;
}

asio::awaitable<void> connection_loop::wait_until(std::chrono::steady_clock::time_point time)
{
    timer_.expires_at(time);
    (void)co_await timer_.async_wait(asio::as_tuple(asio::deferred));
}

connection_loop::ending connection_loop::lost(std::string_view where, error_code ec, bool brought) const
{
    auto end = failed(where, ec);
    end.after_stream = brought;
    if (timed_out_) {
        end.why = fmt::format("{}: nothing came for {} ms", where, core_->options().heartbeat_deadline.count());
    } else if (ec == asio::error::eof) {
        end.why = fmt::format("{}: the server ended the stream", where);
    }
    return end;
}

connection_loop::ending connection_loop::answered(std::string_view where, bool retry) const
{
    auto const& head = core_->response().head();
    return {.error = errc::unexpected_status,
            .why = fmt::format("{}: the server answered {} {}", where, head.status, head.reason),
            .retry_after = parse_retry_after(head.retry_after, std::chrono::system_clock::now()),
            .final = !retry};
}

connection_loop::ending connection_loop::failed(std::string_view where, error_code ec, bool final) const
{
    if (timed_out_) {
        ec = asio::error::timed_out;
    }
    return {.error = ec, .why = fmt::format("{}: {}", where, ec.message()), .retry_after = {}, .final = final};
}

} // namespace sluice
