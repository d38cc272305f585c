#pragma once

#include <sluice/client/byte_stream.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace sluice {

/// Connects to the first of several addresses that answers (RFC 8305, section 5). They are tried in order. The next one
/// is tried as soon as one fails or has not answered within 250 ms; the earlier ones may still answer.
///
/// Shared, because handlers of the losing sockets may still be queued when its owner is destroyed. Confined to its
/// executor.
class connection_race : public std::enable_shared_from_this<connection_race> {
public:
    using endpoint = boost::asio::generic::stream_protocol::endpoint;

    connection_race(boost::asio::any_io_executor const& executor, std::vector<endpoint> addresses);

    /// Completes once a socket is connected, or with the error of the last one that failed, or with `operation_aborted`
    /// after `cancel`.
    boost::asio::awaitable<error_code> run();
    /// The connected socket.
    [[nodiscard]] client_socket release() { return std::move(winner_); }
    /// Ends `run` and closes all sockets.
    void cancel() noexcept;

private:
    void start_next();
    void on_answer(std::size_t which, error_code ec);
    void close_all() noexcept;
    [[nodiscard]] bool over() const noexcept;

    std::vector<endpoint> addresses_;
    /// One for each address that was tried, in the same order.
    std::vector<client_socket> sockets_;
    boost::asio::steady_timer timer_;
    client_socket winner_;
    std::size_t failed_ = 0;
    error_code error_;
    bool won_ = false;
    bool cancelled_ = false;
};

} // namespace sluice
