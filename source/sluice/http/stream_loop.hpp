#pragma once

#include <sluice/config.hpp>
#include <sluice/delivery/client.hpp>
#include <sluice/http/h1_writer.hpp>
#include <sluice/http/peer_watch.hpp>
#include <sluice/http/stream_closer.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sluice {

/// A session that was claimed for a connection, and how the answer begins.
struct claimed_session {
    /// Holds the session for the connection.
    std::unique_ptr<client> connected;
    /// The status line and headers of the response, up to the empty line.
    std::string head;
    /// How the body is framed, by the request's version of HTTP.
    body_framing framing;
};

/// @cond internal
/// Writes what the stream of events has, at once and without asking whether the socket takes it: it nearly always does.
/// Success when nothing is left for now, `would_block` when the socket takes no more, else why it failed.
template <ready_stream Stream>
[[nodiscard]] error_code write_at_once(Stream& stream, h1_writer& writer)
{
    error_code ec;
    for (std::string_view bytes = writer.next(); !bytes.empty(); bytes = writer.next()) {
        auto const written = stream.write_some(boost::asio::buffer(bytes), ec);
        writer.consume(written);
        if (!ec && written < bytes.size()) {
            ec = boost::asio::error::would_block;
        }
        if (ec) {
            break;
        }
    }
    return ec;
}

/// Waits until the blocked socket takes bytes again, or else until the client has something to say; one operation
/// for both, so that the coroutine has room for one. Completes with `void(error_code)`; cancellation is that of the
/// one waited for.
template <ready_stream Stream, class Token>
auto async_wait_for_more(Stream& stream, client& c, bool blocked, Token&& token)
{
    return boost::asio::async_initiate<Token, void(error_code)>(
        [&stream, &c, blocked](auto handler) {
            if (blocked) {
                stream.async_wait(boost::asio::socket_base::wait_write, std::move(handler));
            } else {
                c.async_wait(std::move(handler));
            }
        },
        token);
}

/// The loop of a connection: write what there is, wait for more, until the client is done; then close.
///
/// `Stream` is a reference to a stream that outlives the coroutine, or the stream itself, which the coroutine then
/// owns: all that an idle connection needs is in its one frame. `config` lives as long as the client. The coroutine
/// runs on the executor of the client's shard, and all that completes on the stream does too, whatever the stream's own
/// is.
///
/// Cancelling the coroutine ends the stream as a close by the peer does: the session stays.
template <class Executor, class Stream>
// One function, for each coroutine that it would call is another frame for each idle stream.
// NOLINTNEXTLINE(readability-function-size,readability-function-cognitive-complexity)
boost::asio::awaitable<void, Executor> run_stream(Stream stream, broker_config const& config,
                                                  std::unique_ptr<claimed_session> claimed)
{
    using stream_type = std::remove_reference_t<Stream>;
    // A cancelled stream still has to close and to let its pending read complete.
    bool const throws = co_await boost::asio::this_coro::throw_if_cancelled();
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const cancellation = co_await boost::asio::this_coro::cancellation_state;
    auto const is_cancelled = [&cancellation] {
        return cancellation.cancelled() != boost::asio::cancellation_type::none;
    };
    auto const token = boost::asio::as_tuple(boost::asio::deferred);
    auto const connected = std::move(claimed->connected);
    auto& c = *connected;
    stream_closer<stream_type> closer{stream};
    h1_writer writer{c, config, std::move(claimed->head), claimed->framing, closer};
    claimed = nullptr;
    Executor const executor = co_await boost::asio::this_coro::executor;
    peer_watch<stream_type, Executor> watch{stream, c, executor};
    error_code ec;
    try {
        if constexpr (ready_stream<stream_type>) {
            stream.non_blocking(true, ec);
            while (!is_cancelled()) {
                ec = write_at_once(stream, writer);
                bool const blocked = ec == boost::asio::error::would_block;
                if (blocked) {
                    writer.park();
                    c.blocked();
                } else if (ec || writer.finished()) {
                    break;
                }
                std::tie(ec) = co_await async_wait_for_more(stream, c, blocked, token);
                if (blocked) {
                    c.unblocked();
                    if (ec) {
                        break;
                    }
                }
            }
        } else {
            while (!writer.finished() && !is_cancelled()) {
                std::string const bytes = writer.take();
                if (bytes.empty()) {
                    co_await c.async_wait(token);
                    continue;
                }
                c.blocked();
                auto const buffer = boost::asio::buffer(bytes);
                std::size_t written = 0;
                std::tie(ec, written) = co_await boost::asio::async_write(stream, buffer, token);
                c.unblocked();
                if (ec) {
                    break;
                }
                writer.taken_written();
            }
        }
    } catch (std::bad_alloc const&) {
        c.end(end_reason::no_memory);
    }
    c.end(reason_to_end(ec)); // when it has not ended: nobody takes more
    closer.close();
    co_await watch.async_join(token);
    co_await boost::asio::this_coro::throw_if_cancelled(throws);
}
/// @endcond

} // namespace sluice
