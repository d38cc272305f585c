#pragma once

#include <sluice/client/byte_stream.hpp>
#include <sluice/client/connection_race.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/url/url_view.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// Connects to a URL's host, at whichever of its addresses answers first; or to a Unix socket, when one is named.
/// Confined to its executor.
///
/// The kernel probes a connection on which nothing comes (TCP keep-alive), so that a peer that vanished is noticed.
class dialer {
public:
    explicit dialer(boost::asio::any_io_executor const& executor);
    dialer(dialer const&) = delete;
    dialer& operator=(dialer const&) = delete;
    ~dialer() { cancel(); }

    /// Ends with the last address's error, or with `operation_aborted` after `cancel`. The arguments outlive it.
    boost::asio::awaitable<error_code> dial(boost::urls::url_view url, std::string const& unix_socket);
    /// The socket that was connected.
    [[nodiscard]] client_socket release() { return std::move(socket_); }
    /// Ends `dial`.
    void cancel() noexcept;

private:
    using endpoints = std::vector<connection_race::endpoint>;

    boost::asio::awaitable<std::pair<error_code, endpoints>> resolve(boost::urls::url_view url,
                                                                     std::string const& unix_socket);

    boost::asio::ip::tcp::resolver resolver_;
    std::shared_ptr<connection_race> race_;
    client_socket socket_;
    bool cancelled_ = false;
};

} // namespace sluice
