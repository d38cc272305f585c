#pragma once

#include <sluice/client.hpp>
#include <sluice/connection/operation_memory.hpp>
#include <sluice/session/waiter.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace sluice {

/// Streams that can be asked for readiness, so that nothing need be kept for a read or write that waits.
template <class Stream>
concept ready_stream = requires(Stream& s, error_code& ec) {
    s.async_wait(boost::asio::socket_base::wait_read, [](error_code) {});
    s.non_blocking(true, ec);
};

/// Why a stream ends whose connection gave this error, or none when it is simply over.
[[nodiscard]] inline errc reason_to_end(error_code ec) noexcept
{
    namespace error = boost::asio::error;
    bool const by_peer = !ec || ec == error::eof || ec == error::connection_reset || ec == error::broken_pipe;
    return by_peer ? errc::peer_closed : errc::connection_failed;
}

/// Notices that the peer closes or resets the connection, by one pending read, and ends the client then. What the peer
/// sends is thrown away: there is nothing to say on a stream.
///
/// It outlives its pending read: close the connection, then await `async_join`.
template <class Stream>
class peer_watch {
public:
    peer_watch(Stream& s, client& c) : stream_{s}, client_{c} { start(); }
    peer_watch(peer_watch const&) = delete;
    peer_watch& operator=(peer_watch const&) = delete;
    ~peer_watch() = default;

    [[nodiscard]] bool pending() const noexcept { return pending_; }

    /// Waits until no read is pending. Completes with `void(error_code)`, always success. Not cancellable.
    template <boost::asio::completion_token_for<void(error_code)> Token>
    auto async_join(Token&& token)
    {
        return boost::asio::async_initiate<Token, void(error_code)>(
            [this](auto handler) {
                joining_.store(std::move(handler));
                if (!pending_) {
                    joining_.post({});
                }
            },
            token);
    }

private:
    /// Completes the pending read, whose memory the watch has in itself.
    struct completion {
        using allocator_type = operation_memory::allocator<void>;

        [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{watch->memory_}; }
        void operator()(error_code ec) const { watch->on_readable(ec); }
        void operator()(error_code ec, std::size_t /*bytes*/) const { watch->on_read(ec); }

        peer_watch* watch;
    };

    void start()
    {
        pending_ = true;
        if constexpr (ready_stream<Stream>) {
            stream_.async_wait(boost::asio::socket_base::wait_read, completion{this});
        } else {
            stream_.async_read_some(boost::asio::buffer(ignored_), completion{this});
        }
    }

    void on_readable(error_code ec)
    {
        if (!ec) {
            std::array<char, 512> ignored;
            stream_.read_some(boost::asio::buffer(ignored), ec);
        }
        on_read(ec == boost::asio::error::would_block ? error_code{} : ec);
    }

    void on_read(error_code ec)
    {
        if (!ec && !client_.done()) {
            start();
            return;
        }
        if (ec && ec != boost::asio::error::operation_aborted) {
            // This may resume the coroutine; as long as the read counts as pending, it comes to wait here.
            client_.end(reason_to_end(ec));
        }
        pending_ = false;
        if (joining_) {
            joining_.dispatch({});
        }
    }

    struct nothing {};

    Stream& stream_;
    client& client_;
    waiter joining_;
    [[no_unique_address]] std::conditional_t<ready_stream<Stream>, nothing, std::array<char, 64>> ignored_;
    bool pending_ = false;
    operation_memory memory_;
};

} // namespace sluice
