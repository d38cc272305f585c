#pragma once

#include <sluice/broker.hpp>
#include <sluice/connection/stream_head.hpp>
#include <sluice/connection/stream_loop.hpp>
#include <sluice/connection/subscribe.hpp>
#include <sluice/http/problem.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
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
    /// the stream. A stream that is given as an rvalue is kept in the coroutine, another outlives it.
    template <class Stream>
    [[nodiscard]] auto stream(Stream&& stream, admission admitted) const
    {
        return run_stream<Stream>(std::forward<Stream>(stream), broker_.config(), std::move(admitted));
    }

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
