#pragma once

#include <sluice/delivery/client.hpp>
#include <sluice/delivery/waiter.hpp>
#include <sluice/operation_memory.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace sluice {

/// Streams that can be asked for readiness, so that a waiting read or write needs no buffer.
template <class Stream>
concept ready_stream = requires(Stream& s, error_code& ec) {
    s.async_wait(boost::asio::socket_base::wait_read, [](error_code) {});
    s.non_blocking(true, ec);
};

/// The reason to end a stream whose connection failed with this error, or ended without one.
[[nodiscard]] inline end_reason reason_to_end(error_code ec) noexcept
{
    namespace error = boost::asio::error;
    bool const by_peer = !ec || ec == error::eof || ec == error::connection_reset || ec == error::broken_pipe;
    return by_peer ? end_reason::peer_closed : end_reason::connection_failed;
}

/// Keeps one read pending to notice that the peer closes or resets the connection, and then ends the client. What the
/// peer sends is dropped, because a stream takes no input.
///
/// Close the connection and await `async_join` before the watch is destroyed, so that no read is pending. If it is
/// destroyed earlier, because its coroutine is, the completion of the pending read has no effect. `Executor` is that of
/// the client's shard, whatever the stream's own is.
template <class Stream, class Executor>
class peer_watch {
public:
    peer_watch(Stream& s, client& c, Executor const& executor) : reading_{new reading{s, c, executor}}
    {
        start(reading_);
    }
    peer_watch(peer_watch const&) = delete;
    peer_watch& operator=(peer_watch const&) = delete;
    ~peer_watch()
    {
        reading_->stream = nullptr;
        reading_->joining.drop();
    }

    /// Waits until no read is pending. Completes with `void(error_code)`, always success. Not cancellable.
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_join(Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code)>(
            [this](auto handler) {
                reading_->joining.store(std::move(handler));
                if (!reading_->pending) {
                    reading_->joining.post({});
                }
            },
            token);
    }

private:
    struct nothing {};

    /// What a pending read needs, and the only thing that it touches once the watch is destroyed.
    struct reading : boost::intrusive_ref_counter<reading, boost::thread_unsafe_counter> {
        reading(Stream& s, client& c, Executor e) : stream{&s}, subject{c}, executor{std::move(e)} {}

        Stream* stream; ///< null: the watch is gone
        client& subject;
        [[no_unique_address]] Executor executor;
        waiter joining;
        [[no_unique_address]] std::conditional_t<ready_stream<Stream>, nothing, std::array<char, 64>> ignored;
        bool pending = false;
        operation_memory memory;
    };
    using reading_ptr = boost::intrusive_ptr<reading>;

    /// The handler of the pending read; its memory is beside the watch's state.
    struct completion {
        using allocator_type = operation_memory::allocator<void>;
        using executor_type = Executor;

        [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{r->memory}; }
        [[nodiscard]] executor_type get_executor() const noexcept { return r->executor; }
        void operator()(error_code ec) const { on_readable(r, ec); }
        void operator()(error_code ec, std::size_t /*bytes*/) const { on_read(r, ec); }

        reading_ptr r;
    };

    static void start(reading_ptr const& r)
    {
        r->pending = true;
        if constexpr (ready_stream<Stream>) {
            r->stream->async_wait(boost::asio::socket_base::wait_read, completion{r});
        } else {
            r->stream->async_read_some(boost::asio::buffer(r->ignored), completion{r});
        }
    }

    static void on_readable(reading_ptr const& r, error_code ec)
    {
        if (!ec && r->stream != nullptr) {
            std::array<char, 512> ignored;
            r->stream->read_some(boost::asio::buffer(ignored), ec);
        }
        on_read(r, ec == boost::asio::error::would_block ? error_code{} : ec);
    }

    static void on_read(reading_ptr const& r, error_code ec)
    {
        if (r->stream == nullptr) {
            return;
        }
        if (!ec && !r->subject.done()) {
            start(r);
            return;
        }
        if (ec && ec != boost::asio::error::operation_aborted) {
            // This may resume the coroutine, which then waits for this read as long as the read counts as pending.
            r->subject.end(reason_to_end(ec));
        }
        r->pending = false;
        if (r->joining) {
            r->joining.dispatch({});
        }
    }

    reading_ptr reading_;
};

} // namespace sluice
