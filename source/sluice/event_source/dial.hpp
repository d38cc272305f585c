#pragma once

#include <sluice/event_source/byte_stream.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/url/url_view.hpp>

#include <string>

namespace sluice {

/// Connects the socket to the URL's host, trying each of its addresses in turn; or to the Unix socket, when one is
/// named. All three outlive the coroutine. Ends with the last address's error.
///
/// The kernel probes a connection on which nothing comes (TCP keep-alive), so that a peer that vanished is noticed.
boost::asio::awaitable<error_code> dial(client_socket& socket, boost::asio::ip::tcp::resolver& resolver,
                                        boost::urls::url_view url, std::string const& unix_socket);

} // namespace sluice
