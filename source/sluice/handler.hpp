#pragma once

#include <sluice/broker.hpp>
#include <sluice/event/event_id.hpp>
#include <sluice/http/authorize.hpp>
#include <sluice/http/problem.hpp>
#include <sluice/http/refusal.hpp>
#include <sluice/http/response_fields.hpp>
#include <sluice/http/served_stream.hpp>
#include <sluice/http/session_cookie.hpp>
#include <sluice/http/stream_head.hpp>
#include <sluice/http/stream_loop.hpp>
#include <sluice/http/subscribe.hpp>
#include <sluice/session/grant.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

/// Called with the id of the session once a stream is connected to it, before the stream's first byte. What is sent to
/// the session from then on reaches the stream. It runs on the session's shard, so it must not block; nor may it throw.
/// @code
/// auto const on_connected = [&hub, state](sluice::session_id session) {
///     hub.async_send({session}, "snapshot", state, asio::detached);
/// };
/// @endcode
using connected_function = std::function<void(session_id session)>;

/// A TLS stream, such as `asio::ssl::stream` and Beast's: one that has a member `handshake_type`.
template <class Stream>
concept tls_stream = requires { typename Stream::handshake_type; };

/// What a handler needs to know once, when it is made.
struct handler_options {
    /// The names of the request headers that are kept in the metadata of sessions.
    std::vector<std::string> kept_headers{};
    /// Decides on each request; without it, every request is let in and may have every event.
    authorize_function authorize{};
    /// The cookie that brings a browser back to its session.
    cookie_options cookie{};
};

/// Serves streams of events, for servers that have a connection and a parsed request.
/// @code
/// sluice::handler const streams{hub, {.kept_headers = {"X-App-Version"}}};
/// // in the coroutine of a connection that has read `request`:
/// co_await streams.serve_or_refuse(socket, request, "192.0.2.1");
/// @endcode
/// It works over any Asio stream that can be read, written and closed (`served_stream`), whatever its executor's type
/// and default completion token: `tcp::socket`, local sockets, Beast's `tcp_stream` (set no timeout on it: the broker
/// has its own), TLS streams, and `boost::beast::test::stream`. A handler refers to its broker, which outlives it. Its
/// functions are safe from any thread.
class handler {
public:
    /// A handler for streams of this broker; copies of the handler copy its options. Throws `std::invalid_argument` if
    /// browsers would not take the cookie, with a text that says why.
    explicit handler(broker& b, handler_options options = {}) : broker_{b}, options_{std::move(options)}
    {
        if (auto const fault = fault_of(options_.cookie)) {
            throw std::invalid_argument("sluice::handler: " + *fault);
        }
    }

    /// Reads the request of a client that has the grant; `handler_options::authorize` is not called. `form` is the
    /// request's body, if that is a form. Problems: those of `parse_subscribe`.
    [[nodiscard]] expected<subscribe_request> parse(boost::beast::http::request_header<> const& request,
                                                    std::string_view remote_address,
                                                    grant granted = grant::of_everything(),
                                                    std::string_view form = {}) const
    {
        return parse_subscribe(request, {.remote_address = remote_address,
                                         .form = form,
                                         .grant = std::move(granted),
                                         .kept_headers = options_.kept_headers,
                                         .cookie_name = cookie_name(),
                                         .patterns = broker_.config().patterns.get()});
    }

    /// Serves the request, a `GET`, on the stream: writes the response's head and the events until the stream ends,
    /// then closes it and returns nothing. If the request is refused, it writes nothing and returns the problem, which
    /// the caller answers.
    ///
    /// `remote_address` is the peer's, without its port; empty for a local socket. `on_connected`, if given, is called
    /// with the session's id.
    /// @code
    /// if (auto const refused = co_await streams.serve(socket, request, address)) {
    ///     auto response = sluice::make_response(*refused, request.version());
    ///     co_await http::async_write(socket, response, asio::use_awaitable);
    /// }
    /// @endcode
    ///
    /// It may be awaited on any executor. On one of the broker's, everything happens there: a session of another shard
    /// moves to that of the stream. On another executor, the stream belongs to the shard with the fewest clients
    /// meanwhile, and its operations complete there. The stream and the request outlive the coroutine. It ends when the
    /// peer closes the connection, when the session's connection is ended or taken over, when the broker stops, or when
    /// it is cancelled (per-operation cancellation: `terminal`, unless the coroutine enables more). A cancelled stream
    /// is closed, and its session can resume. It throws what `authorize` throws, and `std::bad_alloc`.
    template <served_stream Stream>
    [[nodiscard]] boost::asio::awaitable<std::optional<problem>, coroutine_executor_t<Stream>>
    serve(Stream& stream, boost::beast::http::request_header<> const& request, std::string remote_address,
          connected_function on_connected = {}) const;
    /// Deleted: a temporary request would be destroyed before the coroutine ends.
    template <served_stream Stream>
    void serve(Stream& stream, boost::beast::http::request_header<>&& request, std::string remote_address,
               connected_function on_connected = {}) const = delete;

    /// As `serve`, but it also answers a refused request, and then closes the stream: for a connection that has nothing
    /// else to do.
    /// @code
    /// asio::co_spawn(context, streams.serve_or_refuse(socket, request, "192.0.2.1"), asio::detached);
    /// @endcode
    template <served_stream Stream>
    [[nodiscard]] boost::asio::awaitable<void, coroutine_executor_t<Stream>>
    serve_or_refuse(Stream& stream, boost::beast::http::request_header<> const& request, std::string remote_address,
                    connected_function on_connected = {}) const;
    /// Deleted: a temporary request would be destroyed before the coroutine ends.
    template <served_stream Stream>
    void serve_or_refuse(Stream& stream, boost::beast::http::request_header<>&& request, std::string remote_address,
                         connected_function on_connected = {}) const = delete;

    /// As `serve`, for a request that `parse` has read and that the application has let in itself.
    template <served_stream Stream>
    [[nodiscard]] boost::asio::awaitable<std::optional<problem>, coroutine_executor_t<Stream>>
    serve(Stream& stream, std::unique_ptr<subscribe_request> request, connected_function on_connected = {}) const;

    /// @cond internal
    // For types that are not a `served_stream`: the compiler says what they lack, instead of listing candidates.
    template <class Stream, class... Rest>
        requires(!served_stream<Stream>)
    [[nodiscard]] boost::asio::awaitable<std::optional<problem>> serve(Stream& /*stream*/, Rest&&... /*rest*/) const
    {
        explain_stream<Stream>();
        return {};
    }
    template <class Stream, class... Rest>
        requires(!served_stream<Stream>)
    [[nodiscard]] boost::asio::awaitable<void> serve_or_refuse(Stream& /*stream*/, Rest&&... /*rest*/) const
    {
        explain_stream<Stream>();
        return {};
    }

    /// Claims the session that the request is for, or a new one. To be awaited on an executor of the broker's.
    /// Problems: `to_problem` of the errors of `broker::async_connect`.
    template <class Executor>
    [[nodiscard]] boost::asio::awaitable<expected<claimed_session>, Executor>
    claim(std::unique_ptr<subscribe_request> request) const;

    /// Serves a claimed session on the stream and closes it. To be awaited on the executor on which the session was
    /// claimed, of which `Executor` is the type: that of the stream's own unless it is named. A stream that is given
    /// as an rvalue is kept in the coroutine, another outlives it.
    template <class Executor = void, class Stream>
        requires has_an_executor<std::remove_reference_t<Stream>> &&
                 has_a_lowest_layer_with_close<std::remove_reference_t<Stream>>
    [[nodiscard]] auto stream(Stream&& stream, std::unique_ptr<claimed_session> claimed) const
    {
        using own = coroutine_executor_t<std::remove_reference_t<Stream>>;
        using executor = std::conditional_t<std::is_void_v<Executor>, own, Executor>;
        return run_stream<executor, Stream>(std::forward<Stream>(stream), broker_.config(), std::move(claimed));
    }
    /// @endcond

private:
    /// The name of the cookie that is read; empty if none is.
    [[nodiscard]] std::string_view cookie_name() const noexcept
    {
        return options_.cookie.enabled ? std::string_view{options_.cookie.name} : std::string_view{};
    }

    static constexpr auto as_result = boost::asio::as_tuple(boost::asio::deferred);

    [[nodiscard]] claimed_session begin_stream(std::unique_ptr<client> c, subscribe_request& request, bool is_explicit,
                                               std::string_view last_event_id) const;
    /// Returns the problem, or null. (With an `optional` in its place, g++ 12 warns of uninitialized memory.)
    template <class Executor, class Stream>
    [[nodiscard]] boost::asio::awaitable<std::unique_ptr<problem>, Executor>
    claim_and_stream(Stream& stream, std::unique_ptr<subscribe_request> request, connected_function on_connected) const;
    template <class Executor>
    [[nodiscard]] boost::asio::awaitable<std::optional<problem>, Executor>
    authorize(subscribe_request& wanted, boost::beast::http::request_header<> const& request) const;

    /// As `parse`, for a coroutine that would otherwise have the request in its frame.
    [[nodiscard]] expected<std::unique_ptr<subscribe_request>>
    parse_held(boost::beast::http::request_header<> const& request, std::string_view remote_address) const
    {
        auto parsed = parse(request, remote_address);
        return parsed.has_error() ? expected<std::unique_ptr<subscribe_request>>{parsed.error()}
                                  : std::make_unique<subscribe_request>(std::move(*parsed));
    }

    broker& broker_;
    handler_options options_;
};

/// @cond internal
template <class Executor>
boost::asio::awaitable<expected<claimed_session>, Executor>
handler::claim(std::unique_ptr<subscribe_request> request) const
{
    bool const is_explicit =
        request->connect.kind == claim_kind::explicitly && parse_session_id(request->connect.claim).has_value();
    auto const last_event_id = request->cursor_field.empty() ? std::string{} : request->connect.last_event_id;
    auto connect = std::make_unique<connect_request>(std::move(request->connect));
    auto [ec, c] = co_await broker_.async_connect_held(std::move(connect), as_result);
    if (ec) {
        co_return ec == errc::topic_closed ? no_content() : to_problem(ec);
    }
    co_return begin_stream(std::move(c), *request, is_explicit, last_event_id);
}

inline claimed_session handler::begin_stream(std::unique_ptr<client> c, subscribe_request& request, bool is_explicit,
                                             std::string_view last_event_id) const
{
    bool const lasts = c->manners() == stream_manners::control_events && broker_.config().sessions.reconnection;
    // If a stream that names its session set the cookie, it would replace the cookie's session in every tab.
    bool const sets_cookie = options_.cookie.enabled && lasts && !is_explicit && !c->brings_cookie();
    if (!request.cursor_field.empty()) {
        request.fields.add(request.cursor_field, c->plan().follows_last_id ? last_event_id : earliest_event_id);
    }
    auto const id = c->session().id();
    auto head = make_stream_head({.session = id,
                                  .tells_session = c->manners() == stream_manners::control_events,
                                  .http_1_1 = request.http_1_1,
                                  .cookie = sets_cookie ? make_cookie(options_.cookie, id, request.secure) : "",
                                  .fields = std::move(request.fields)});
    return {.connected = std::move(c),
            .head = std::move(head),
            .framing = request.http_1_1 ? body_framing::chunked : body_framing::until_close};
}
/// @endcond

template <class Executor, class Stream>
boost::asio::awaitable<std::unique_ptr<problem>, Executor>
handler::claim_and_stream(Stream& stream, std::unique_ptr<subscribe_request> request,
                          connected_function on_connected) const
{
    auto claimed = co_await claim<Executor>(std::move(request));
    if (claimed.has_error()) {
        co_return std::make_unique<problem>(claimed.error());
    }
    if (on_connected) {
        on_connected(claimed->connected->session().id());
    }
    auto held = std::make_unique<claimed_session>(std::move(*claimed));
    co_await this->template stream<Executor>(stream, std::move(held));
    co_return nullptr;
}

template <served_stream Stream>
boost::asio::awaitable<std::optional<problem>, coroutine_executor_t<Stream>>
handler::serve(Stream& stream, std::unique_ptr<subscribe_request> request, connected_function on_connected) const
{
    using own = coroutine_executor_t<Stream>;
    request->secure = request->secure || tls_stream<Stream>;
    boost::asio::any_io_executor const here = co_await boost::asio::this_coro::executor;
    auto const there = broker_.executor_for(here);
    std::unique_ptr<problem> refused;
    if (there == here) {
        refused = co_await claim_and_stream<own>(stream, std::move(request), std::move(on_connected));
    } else {
        auto away = claim_and_stream<boost::asio::any_io_executor>(stream, std::move(request), std::move(on_connected));
        auto [failure, answer] = co_await boost::asio::co_spawn(there, std::move(away), as_result);
        if (failure) {
            std::rethrow_exception(failure);
        }
        refused = std::move(answer);
    }
    if (refused == nullptr) {
        co_return std::nullopt;
    }
    co_return std::move(*refused);
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
    wanted.connect.meta.grant = std::move(answer->grant);
    wanted.fields.add(answer->fields);
    co_return std::nullopt;
}

template <served_stream Stream>
boost::asio::awaitable<std::optional<problem>, coroutine_executor_t<Stream>>
handler::serve(Stream& stream, boost::beast::http::request_header<> const& request, std::string remote_address,
               connected_function on_connected) const
{
    using own = coroutine_executor_t<Stream>;
    auto parsed = parse_held(request, remote_address);
    if (parsed.has_error()) {
        co_return parsed.error();
    }
    auto wanted = std::move(*parsed);
    if (options_.authorize) {
        if (auto refused = co_await authorize<own>(*wanted, request)) {
            co_return std::move(refused);
        }
    }
    co_return co_await serve(stream, std::move(wanted), std::move(on_connected));
}

template <served_stream Stream>
boost::asio::awaitable<void, coroutine_executor_t<Stream>>
handler::serve_or_refuse(Stream& stream, boost::beast::http::request_header<> const& request,
                         std::string remote_address, connected_function on_connected) const
{
    auto const refused = co_await serve(stream, request, std::move(remote_address), std::move(on_connected));
    if (refused) {
        auto const reply = make_refusal(*refused, names_event_stream(request), broker_.config().streams);
        auto const last_answer = make_last_response(reply);
        auto const bytes = boost::asio::buffer(last_answer);
        co_await boost::asio::async_write(stream, bytes, as_result);
        stream_closer<Stream>{stream}.close();
    }
}

} // namespace sluice
