#pragma once

#include <sluice/broker.hpp>
#include <sluice/connection/event_stream.hpp>
#include <sluice/connection/peer_watch.hpp>
#include <sluice/connection/stream_head.hpp>
#include <sluice/connection/subscribe.hpp>
#include <sluice/http/problem.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// What a handler is told once.
struct handler_options {
    /// The names of request headers to keep in the metadata of sessions.
    std::vector<std::string> kept_headers;
};

/// A client that was let in, and how its answer begins.
struct admission {
    std::unique_ptr<client> connected;
    std::string head;
    body_framing framing;
};

/// The coroutine that serves one stream of events, for servers that have a connection and a parsed request.
///
/// It works over any Asio stream. Where the stream is a socket, a stalled peer costs no buffers. A handler refers to
/// its broker, which outlives it; its functions are safe from any thread.
class handler {
public:
    explicit handler(broker& b, handler_options options = {}) : broker_{b}, options_{std::move(options)} {}

    /// Reads the request. Problems: those of `parse_subscribe`.
    [[nodiscard]] expected<subscribe_request> parse(boost::beast::http::request_header<> const& request,
                                                    std::string_view remote_address,
                                                    std::string_view subject = {}) const
    {
        return parse_subscribe(request, {remote_address, subject, options_.kept_headers});
    }

    /// Serves the request on the stream from the response's head to the stream's end, and closes the stream; or does
    /// neither and returns the problem, with which the caller answers the request. It is `admit` and `stream` in one.
    ///
    /// The stream outlives the coroutine, which ends when the peer closes, when the session lets it go, or when the
    /// broker stops. It may be destroyed while it is suspended only after the broker has stopped.
    template <class Stream>
    [[nodiscard]] boost::asio::awaitable<std::optional<problem>, typename Stream::executor_type>
    serve(Stream& stream, std::unique_ptr<subscribe_request> request) const;

    /// Connects the client that the request is from. To be awaited on the executor of the session's home
    /// (`broker::home`), or on any of the broker's when it has none. Problems: `to_problem` of the errors of
    /// `broker::async_connect`.
    template <class Executor>
    [[nodiscard]] boost::asio::awaitable<expected<admission>, Executor>
    admit(std::unique_ptr<subscribe_request> request) const;

    /// Serves an admitted client on the stream, which has the executor on which the client was admitted, and closes
    /// the stream.
    template <class Stream>
    [[nodiscard]] boost::asio::awaitable<void, typename Stream::executor_type> stream(Stream& stream,
                                                                                      admission admitted) const;

    /// @name For convenience: as the broker's
    /// @{
    result<publish_receipt> broadcast(event const& e) const { return broker_.broadcast(e); }
    template <class Token>
    auto async_send(message m, Token&& token) const
    {
        return broker_.async_send(std::move(m), std::forward<Token>(token));
    }
    [[nodiscard]] sluice::session_stats session_stats() const { return broker_.session_stats(); }
    template <class Token>
    auto async_stop(std::chrono::milliseconds timeout, Token&& token) const
    {
        return broker_.async_stop(timeout, std::forward<Token>(token));
    }
    /// @}

private:
    broker& broker_;
    handler_options options_;
};

/// Closes whatever is at the bottom of a stream.
template <class Stream>
class stream_closer final : public event_stream::closer {
public:
    explicit stream_closer(Stream& s) : stream_{s} {}

    void close() noexcept override
    {
        error_code ignored;
        auto& lowest = boost::beast::get_lowest_layer(stream_);
        if constexpr (requires { lowest.close(ignored); }) {
            lowest.close(ignored);
        } else {
            lowest.close();
        }
    }

    void reset() noexcept override
    {
        error_code ignored;
        auto& lowest = boost::beast::get_lowest_layer(stream_);
        boost::asio::socket_base::linger const at_once{true, 0};
        if constexpr (requires { lowest.set_option(at_once, ignored); }) {
            lowest.set_option(at_once, ignored);
        }
        close();
    }

private:
    Stream& stream_;
};

/// Writes what the stream of events has until it has nothing more for now, or the connection fails.
template <class Stream>
boost::asio::awaitable<error_code, typename Stream::executor_type> write_all(Stream& stream, client& c,
                                                                             event_stream& events)
{
    auto const token = boost::asio::as_tuple(boost::asio::deferred);
    if constexpr (ready_stream<Stream>) {
        // At once, without asking whether the socket takes it: it nearly always does.
        for (std::string_view bytes = events.next(); !bytes.empty(); bytes = events.next()) {
            error_code ec;
            auto const written = stream.write_some(boost::asio::buffer(bytes), ec);
            events.consume(written);
            if (ec == boost::asio::error::would_block || (!ec && written < bytes.size())) {
                events.park();
                c.blocked();
                std::tie(ec) = co_await stream.async_wait(boost::asio::socket_base::wait_write, token);
                c.unblocked();
            }
            if (ec) {
                co_return ec;
            }
        }
    } else {
        for (std::string bytes = events.take(); !bytes.empty(); bytes = events.take()) {
            c.blocked();
            auto const buffer = boost::asio::buffer(bytes);
            auto const [ec, written] = co_await boost::asio::async_write(stream, buffer, token);
            c.unblocked();
            if (ec) {
                co_return ec;
            }
            events.taken_written();
        }
    }
    co_return error_code{};
}

template <class Stream>
boost::asio::awaitable<void, typename Stream::executor_type> handler::stream(Stream& stream, admission admitted) const
{
    auto const token = boost::asio::as_tuple(boost::asio::deferred);
    if constexpr (ready_stream<Stream>) {
        error_code ignored;
        stream.native_non_blocking(true, ignored);
    }
    auto& c = *admitted.connected;
    stream_closer<Stream> closer{stream};
    event_stream events{c, broker_.config(), std::exchange(admitted.head, {}), admitted.framing, closer};
    peer_watch<Stream> watch{stream, c};
    // The connection's loop: write what there is, wait for more, until the client is done.
    while (!events.finished()) {
        if (co_await write_all(stream, c, events)) {
            c.end(errc::peer_closed);
            break; // also when the client had ended before: nobody takes its last words
        }
        if (!events.finished()) {
            co_await c.async_wait(token);
        }
    }
    closer.close();
    if (watch.pending()) {
        co_await watch.async_join(token);
    }
}

template <class Executor>
boost::asio::awaitable<expected<admission>, Executor> handler::admit(std::unique_ptr<subscribe_request> request) const
{
    auto const token = boost::asio::as_tuple(boost::asio::deferred);
    auto [ec, c] = co_await broker_.async_connect(std::move(request->connect), token);
    if (ec) {
        co_return to_problem(ec);
    }
    auto head = make_stream_head({.session = c->session().id(),
                                  .http_1_1 = request->http_1_1,
                                  .cookie = broker_.config().sessions.reconnection,
                                  .secure = request->secure,
                                  .extra_fields = std::move(request->extra_fields)});
    co_return admission{.connected = std::move(c),
                        .head = std::move(head),
                        .framing = request->http_1_1 ? body_framing::chunked : body_framing::until_close};
}

template <class Stream>
boost::asio::awaitable<std::optional<problem>, typename Stream::executor_type>
handler::serve(Stream& stream, std::unique_ptr<subscribe_request> request) const
{
    auto admitted = co_await admit<typename Stream::executor_type>(std::move(request));
    if (admitted.has_error()) {
        co_return admitted.error();
    }
    co_await this->stream(stream, std::move(*admitted));
    co_return std::nullopt;
}

} // namespace sluice
