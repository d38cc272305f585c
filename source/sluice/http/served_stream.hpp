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
/// A handler for checking whether a call compiles.
struct unused_handler {
    void operator()(error_code /*ec*/, std::size_t /*bytes*/) const {}
};

/// The executor type of coroutines that use a stream. If the stream's executor has a default completion token, it is
/// that of the token's coroutines.
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

/// The executor type of the coroutine that serves a stream: that of the stream. If the stream's executor has a default
/// completion token (`as_default_on`, `rebind_executor`), it is that of the token's coroutines.
template <class Stream>
using coroutine_executor_t = typename coroutine_executor<typename Stream::executor_type>::type;

/// The stream has an executor: a member type `executor_type` and `get_executor()`.
template <class Stream>
concept has_an_executor = requires(Stream& s) {
    typename Stream::executor_type;
    { s.get_executor() } -> std::convertible_to<boost::asio::any_io_executor>;
};

/// The stream is read with `async_read_some(buffers, token)`, as Asio's AsyncReadStream.
template <class Stream>
concept reads_asynchronously =
    requires(Stream& s, boost::asio::mutable_buffer b, unused_handler h) { s.async_read_some(b, h); };

/// The stream is written with `async_write_some(buffers, token)`, as Asio's AsyncWriteStream.
template <class Stream>
concept writes_asynchronously =
    requires(Stream& s, boost::asio::const_buffer b, unused_handler h) { s.async_write_some(b, h); };

/// The stream's lowest layer (`boost::beast::get_lowest_layer`; the stream itself if it has no layers) has `close()` or
/// `close(error_code&)`, which makes pending reads and writes complete.
template <class Stream>
concept has_a_lowest_layer_with_close = requires(Stream& s, error_code& ec) {
    boost::beast::get_lowest_layer(s).close(ec);
} || requires(Stream& s) { boost::beast::get_lowest_layer(s).close(); };

/// What `handler` can serve: any stream that Asio can read and write and that can be closed. `asio::ip::tcp::socket`,
/// local sockets, `boost::beast::tcp_stream`, TLS streams over these, and `boost::beast::test::stream` are such
/// streams.
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
