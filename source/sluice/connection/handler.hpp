#pragma once

#include <sluice/broker.hpp>
#include <sluice/connection/stream_head.hpp>
#include <sluice/connection/stream_loop.hpp>
#include <sluice/connection/subscribe.hpp>
#include <sluice/http/problem.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

/// What the application says of a request for a stream that it lets in.
struct subscriber {
    /// Who it is, if that was authenticated: the ownership rule `token` compares it. Empty: nobody in particular.
    std::string subject;
    /// The types that the stream gets, whatever the request asks for; nothing: those that it asks for.
    std::optional<std::vector<std::string>> types;
    /// Further header lines of the response, each ended by CR LF.
    std::string extra_fields;
};

/// Decides on a request for a stream: who it is from and what it may have, or the problem with which it is refused
/// (401, 403). It may suspend. An exception from it ends `handler::serve`, before anything was connected.
using authorize_function = std::function<boost::asio::awaitable<expected<subscriber>>(
    subscribe_request const& wanted, boost::beast::http::request_header<> const& request)>;

/// What a handler is told once.
struct handler_options {
    /// The names of request headers to keep in the metadata of sessions.
    std::vector<std::string> kept_headers;
    /// None: everybody is let in.
    authorize_function authorize;
};

/// The coroutine that serves one stream of events, for servers that have a connection and a parsed request.
///
/// It works over any Asio stream: `tcp::socket`, local sockets, Beast's `tcp_stream` (without a timeout set: the broker
/// has its own), TLS streams, and those of a test. Where the stream is a socket, a stalled peer costs no buffers. A
/// handler refers to its broker, which outlives it; its functions are safe from any thread.
class handler {
public:
    /// The options are copied with the handler.
    explicit handler(broker& b, handler_options options = {}) : broker_{b}, options_{std::move(options)} {}

    /// Reads the request. Problems: those of `parse_subscribe`.
    [[nodiscard]] expected<subscribe_request> parse(boost::beast::http::request_header<> const& request,
                                                    std::string_view remote_address,
                                                    std::string_view subject = {}) const
    {
        return parse_subscribe(request, {remote_address, subject, options_.kept_headers});
    }

    /// Serves the request, a `GET`, on the stream from the response's head to the stream's end, and closes the stream;
    /// or does neither and returns the problem, with which the caller answers the request: it is `parse`,
    /// `handler_options::authorize`, `admit` and `stream` in one.
    ///
    /// It may be awaited on any executor. While it is, the stream belongs to the shard on which the session lives, and
    /// all that completes on it does so there. The stream and the request outlive the coroutine, which ends when the
    /// peer closes, when the session lets it go, when the broker stops, or when it is cancelled (asio's cancellation;
    /// `terminal` unless the coroutine asks for more): a cancelled stream is closed, and its session can resume.
    /// It throws what `authorize` throws, and nothing else but what memory lacks.
    template <class Stream>
    [[nodiscard]] boost::asio::awaitable<std::optional<problem>, typename Stream::executor_type>
    serve(Stream& stream, boost::beast::http::request_header<> const& request, std::string_view remote_address) const;

    /// As `serve`, for a connection that has nothing else to do: a problem is answered too, and the stream closed.
    template <class Stream>
    [[nodiscard]] boost::asio::awaitable<void, typename Stream::executor_type>
    serve_or_refuse(Stream& stream, boost::beast::http::request_header<> const& request,
                    std::string_view remote_address) const;

    /// As `serve`, for a request that was parsed and let in by other means: `admit` and `stream` in one.
    template <class Stream>
    [[nodiscard]] boost::asio::awaitable<std::optional<problem>, typename Stream::executor_type>
    serve(Stream& stream, std::unique_ptr<subscribe_request> request) const;

    /// Connects the client that the request is from. To be awaited on the executor of the session's home
    /// (`broker::home`), or on any of the broker's when it has none. Problems: `to_problem` of the errors of
    /// `broker::async_connect`.
    template <class Executor>
    [[nodiscard]] boost::asio::awaitable<expected<admission>, Executor>
    admit(std::unique_ptr<subscribe_request> request) const;

    /// Serves an admitted client on the stream and closes it. To be awaited on the executor on which the client was
    /// admitted, of which `Executor` is the type: that of the stream's own unless it is named. A stream that is given
    /// as an rvalue is kept in the coroutine, another outlives it.
    template <class Executor = void, class Stream>
    [[nodiscard]] auto stream(Stream&& stream, admission admitted) const
    {
        using own = typename std::remove_reference_t<Stream>::executor_type;
        using executor = std::conditional_t<std::is_void_v<Executor>, own, Executor>;
        return run_stream<executor, Stream>(std::forward<Stream>(stream), broker_.config(), std::move(admitted));
    }

    /// @name For convenience: as the broker's
    /// @{

    /// `broker::broadcast`.
    result<publish_receipt> broadcast(event const& e) const { return broker_.broadcast(e); }
    /// `broker::async_send`.
    template <class Token>
    auto async_send(message m, Token&& token) const
    {
        return broker_.async_send(std::move(m), std::forward<Token>(token));
    }
    /// `broker::session_stats`.
    [[nodiscard]] sluice::session_stats session_stats() const { return broker_.session_stats(); }
    /// `broker::async_stop`.
    template <class Token>
    auto async_stop(std::chrono::milliseconds timeout, Token&& token) const
    {
        return broker_.async_stop(timeout, std::forward<Token>(token));
    }
    /// @}

private:
    static constexpr auto as_result = boost::asio::as_tuple(boost::asio::deferred);

    template <class Executor, class Stream>
    [[nodiscard]] boost::asio::awaitable<std::optional<problem>, Executor>
    serve_at_home(Stream& stream, std::unique_ptr<subscribe_request> request) const;
    template <class Executor>
    [[nodiscard]] boost::asio::awaitable<std::optional<problem>, Executor>
    authorize(subscribe_request& wanted, boost::beast::http::request_header<> const& request) const;

    broker& broker_;
    handler_options options_;
};

template <class Executor>
boost::asio::awaitable<expected<admission>, Executor> handler::admit(std::unique_ptr<subscribe_request> request) const
{
    auto [ec, c] = co_await broker_.async_connect(std::move(request->connect), as_result);
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

template <class Executor, class Stream>
boost::asio::awaitable<std::optional<problem>, Executor>
handler::serve_at_home(Stream& stream, std::unique_ptr<subscribe_request> request) const
{
    auto admitted = co_await admit<Executor>(std::move(request));
    if (admitted.has_error()) {
        co_return admitted.error();
    }
    co_await this->template stream<Executor>(stream, std::move(*admitted));
    co_return std::nullopt;
}

template <class Stream>
boost::asio::awaitable<std::optional<problem>, typename Stream::executor_type>
handler::serve(Stream& stream, std::unique_ptr<subscribe_request> request) const
{
    using own = typename Stream::executor_type;
    boost::asio::any_io_executor const here = co_await boost::asio::this_coro::executor;
    auto const home = broker_.executor_for(request->connect.claim, here);
    if (home == here) {
        co_return co_await serve_at_home<own>(stream, std::move(request));
    }
    auto away = serve_at_home<boost::asio::any_io_executor>(stream, std::move(request));
    auto [failure, refused] = co_await boost::asio::co_spawn(home, std::move(away), as_result);
    if (failure) {
        std::rethrow_exception(failure);
    }
    co_return std::move(refused);
}

template <class Executor>
boost::asio::awaitable<std::optional<problem>, Executor>
handler::authorize(subscribe_request& wanted, boost::beast::http::request_header<> const& request) const
{
    boost::asio::any_io_executor const here = co_await boost::asio::this_coro::executor;
    auto asked = options_.authorize(wanted, request);
    auto [failure, answer] = co_await boost::asio::co_spawn(here, std::move(asked), as_result);
    if (failure) {
        std::rethrow_exception(failure);
    }
    if (answer.has_error()) {
        co_return answer.error();
    }
    wanted.connect.meta.subject = std::move(answer->subject);
    if (answer->types) {
        wanted.connect.meta.subscriptions = std::move(*answer->types);
    }
    wanted.extra_fields += answer->extra_fields;
    co_return std::nullopt;
}

template <class Stream>
boost::asio::awaitable<std::optional<problem>, typename Stream::executor_type>
handler::serve(Stream& stream, boost::beast::http::request_header<> const& request,
               std::string_view remote_address) const
{
    using own = typename Stream::executor_type;
    auto parsed = parse(request, remote_address);
    if (parsed.has_error()) {
        co_return parsed.error();
    }
    auto wanted = std::make_unique<subscribe_request>(std::move(*parsed));
    if (options_.authorize) {
        if (auto refused = co_await authorize<own>(*wanted, request)) {
            co_return std::move(refused);
        }
    }
    co_return co_await serve(stream, std::move(wanted));
}

template <class Stream>
boost::asio::awaitable<void, typename Stream::executor_type>
handler::serve_or_refuse(Stream& stream, boost::beast::http::request_header<> const& request,
                         std::string_view remote_address) const
{
    auto const refused = co_await serve(stream, request, remote_address);
    if (refused) {
        auto const last_answer = make_last_response(*refused);
        auto const bytes = boost::asio::buffer(last_answer);
        co_await boost::asio::async_write(stream, bytes, as_result);
        stream_closer<Stream>{stream}.close();
    }
}

} // namespace sluice
