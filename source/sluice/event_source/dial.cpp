#include <sluice/event_source/dial.hpp>

#include <sluice/event_source/target.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/socket_base.hpp>

#include <fmt/format.h>

#include <exception>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using generic_endpoint = asio::generic::stream_protocol::endpoint;

template <int Name>
using tcp_option = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

/// A dead peer is noticed after about a minute.
void keep_alive(client_socket& socket)
{
    error_code ignored;
    socket.set_option(asio::socket_base::keep_alive{true}, ignored);
#ifdef TCP_KEEPIDLE
    socket.set_option(tcp_option<TCP_KEEPIDLE>{30}, ignored);
    socket.set_option(tcp_option<TCP_KEEPINTVL>{10}, ignored);
    socket.set_option(tcp_option<TCP_KEEPCNT>{3}, ignored);
#endif
}

asio::awaitable<error_code> connect_to(client_socket& socket, generic_endpoint endpoint)
{
    error_code ec;
    socket.close(ec);
    auto const [result] = co_await socket.async_connect(endpoint, asio::as_tuple(asio::deferred));
    co_return result;
}

} // namespace

asio::awaitable<error_code> dial(client_socket& socket, tcp::resolver& resolver, boost::urls::url_view url,
                                 std::string const& unix_socket)
{
    if (!unix_socket.empty()) {
        generic_endpoint const endpoint{asio::local::stream_protocol::endpoint{unix_socket}};
        co_return co_await connect_to(socket, endpoint);
    }
    auto const host = url.host_address();
    error_code ec;
    std::vector<tcp::endpoint> endpoints;
    if (auto const address = asio::ip::make_address(host, ec); !ec) {
        endpoints.emplace_back(address, port_of(url));
    } else {
        auto const service = fmt::format("{}", port_of(url));
        auto const [error, found] = co_await resolver.async_resolve(host, service, asio::as_tuple(asio::deferred));
        for (auto const& entry : found) {
            endpoints.push_back(entry.endpoint());
        }
        ec = error ? error : asio::error::host_not_found;
    }
    for (auto const& endpoint : endpoints) {
        generic_endpoint const to{endpoint};
        ec = co_await connect_to(socket, to);
        if (!ec) {
            keep_alive(socket);
            break;
        }
        if (ec == asio::error::operation_aborted) {
            break;
        }
    }
    co_return ec;
}

} // namespace sluice
