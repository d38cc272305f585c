#pragma once

#include <sluice/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/stream_traits.hpp>

#include <concepts>
#include <cstddef>

namespace sluice {

/// @cond internal
/// A handler for what is only asked whether it compiles.
struct unused_handler {
    void operator()(error_code /*ec*/, std::size_t /*bytes*/) const {}
};

/// The type of the coroutines that use a stream: of a stream whose executor brings a default completion token, that of
/// the token's coroutines.
template <class Token>
struct coroutine_executor_of_token {
    using type = boost::asio::any_io_executor;
};
template <class Executor>
struct coroutine_executor_of_token<boost::asio::use_awaitable_t<Executor>> {
    using type = Executor;
};
template <class Token>
struct coroutine_executor_of_token<boost::asio::as_tuple_t<Token>> : coroutine_executor_of_token<Token> {};

template <class Executor>
struct coroutine_executor {
    using type = Executor;
};
template <class Executor>
    requires requires { typename Executor::default_completion_token_type; }
struct coroutine_executor<Executor> : coroutine_executor_of_token<typename Executor::default_completion_token_type> {};
/// @endcond

/// The executor type of the coroutine that serves a stream: the stream's own; and of a stream whose executor brings a
/// default completion token (`as_default_on`, `rebind_executor`), that of the token's coroutines.
template <class Stream>
using coroutine_executor_t = typename coroutine_executor<typename Stream::executor_type>::type;

/// It has an executor: a member type `executor_type` and `get_executor()`.
template <class Stream>
concept has_an_executor = requires(Stream& s) {
    typename Stream::executor_type;
    { s.get_executor() } -> std::convertible_to<boost::asio::any_io_executor>;
};

/// It is read by `async_read_some(buffers, token)`, as Asio's AsyncReadStream.
template <class Stream>
concept reads_asynchronously =
    requires(Stream& s, boost::asio::mutable_buffer b, unused_handler h) { s.async_read_some(b, h); };

/// It is written by `async_write_some(buffers, token)`, as Asio's AsyncWriteStream.
template <class Stream>
concept writes_asynchronously =
    requires(Stream& s, boost::asio::const_buffer b, unused_handler h) { s.async_write_some(b, h); };

/// What is at the bottom of it (`boost::beast::get_lowest_layer`; the stream itself, when it has no layers) is closed
/// by `close()` or `close(error_code&)`: pending reads and writes then complete.
template <class Stream>
concept has_a_lowest_layer_with_close = requires(Stream& s, error_code& ec) {
    boost::beast::get_lowest_layer(s).close(ec);
} || requires(Stream& s) { boost::beast::get_lowest_layer(s).close(); };

/// What `handler` can serve: an Asio stream that can be closed. All of `asio::ip::tcp::socket`, local sockets,
/// `boost::beast::tcp_stream`, TLS streams over these, and `boost::beast::test::stream` are.
template <class Stream>
concept served_stream = has_an_executor<Stream> && reads_asynchronously<Stream> && writes_asynchronously<Stream> &&
                        has_a_lowest_layer_with_close<Stream>;

/// @cond internal
/// Has the compiler say in one line what a stream lacks to be served.
template <class Stream>
constexpr void explain_stream()
{
    constexpr bool executor = has_an_executor<Stream>;
    static_assert(executor, "sluice::handler: the stream needs a member type executor_type, and get_executor()");
    if constexpr (executor) {
        constexpr bool read = reads_asynchronously<Stream>;
        static_assert(read, "sluice::handler: the stream needs async_read_some(buffers, token)");
        constexpr bool written = writes_asynchronously<Stream>;
        static_assert(written, "sluice::handler: the stream needs async_write_some(buffers, token)");
        constexpr bool closed = has_a_lowest_layer_with_close<Stream>;
        static_assert(closed, "sluice::handler: the stream, or what is at the bottom of it "
                              "(beast::get_lowest_layer), needs close() or close(error_code&)");
    }
}
/// @endcond

} // namespace sluice
