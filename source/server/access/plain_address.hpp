#pragma once

#include <boost/asio/ip/address.hpp>

namespace sluice::server {

/// The address; an IPv4 one if that is what an IPv6 one stands for (`::ffff:192.0.2.1`), as a socket for both families
/// has it.
[[nodiscard]] inline boost::asio::ip::address plain(boost::asio::ip::address const& address)
{
    namespace ip = boost::asio::ip;
    return address.is_v6() && address.to_v6().is_v4_mapped() ? make_address_v4(ip::v4_mapped, address.to_v6())
                                                             : address;
}

} // namespace sluice::server
