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

/// Connects to the first address of a URL's host that answers, or to a local socket if one is named. It turns TCP's
/// keep-alive on, so that the kernel notices a peer that has vanished. Confined to its executor.
class dialer {
public:
    explicit dialer(boost::asio::any_io_executor const& executor);
    dialer(dialer const&) = delete;
    dialer& operator=(dialer const&) = delete;
    ~dialer() { cancel(); }

    /// Fails with the error of the last address, or with `operation_aborted` after `cancel`. The arguments outlive the
    /// operation.
    boost::asio::awaitable<error_code> dial(boost::urls::url_view url, std::string const& unix_socket);
    /// The connected socket.
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
