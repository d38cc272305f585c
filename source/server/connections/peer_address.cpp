#include "peer_address.hpp"

#include "access/plain_address.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstring>

namespace sluice::server {

std::string peer_address(socket_type const& socket)
{
    error_code ec;
    auto const peer = socket.remote_endpoint(ec);
    auto const family = peer.protocol().family();
    if (ec || (family != AF_INET && family != AF_INET6)) {
        return {};
    }
    boost::asio::ip::tcp::endpoint endpoint;
    endpoint.resize(peer.size());
    std::memcpy(endpoint.data(), peer.data(), peer.size());
    return plain(endpoint.address()).to_string();
}

} // namespace sluice::server
