#pragma once

#include <sluice/event_source/byte_stream.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/url/url_view.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// Connects to a URL's host, trying each of its addresses in turn; or to a Unix socket, when one is named. Confined to
/// its executor.
///
/// The kernel probes a connection on which nothing comes (TCP keep-alive), so that a peer that vanished is noticed.
class dialer {
public:
    explicit dialer(boost::asio::any_io_executor const& executor);

    /// Ends with the last address's error, or with `operation_aborted` after `cancel`. The arguments outlive it.
    boost::asio::awaitable<error_code> dial(boost::urls::url_view url, std::string const& unix_socket);
    /// The socket that was connected.
    [[nodiscard]] client_socket release();
    /// Ends `dial`, also between two addresses.
    void cancel() noexcept;

private:
    using endpoint = boost::asio::generic::stream_protocol::endpoint;
    using endpoints = std::vector<endpoint>;

    boost::asio::awaitable<std::pair<error_code, endpoints>> resolve(boost::urls::url_view url,
                                                                     std::string const& unix_socket);
    boost::asio::awaitable<error_code> connect(endpoint to);

    boost::asio::ip::tcp::resolver resolver_;
    client_socket socket_;
    bool cancelled_ = false;
};

} // namespace sluice
