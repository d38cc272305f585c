#pragma once

#include <boost/asio/ip/address.hpp>

namespace sluice::server {

/// The address, as IPv4 if it is an IPv4 address in IPv6 form (`::ffff:192.0.2.1`), which sockets for both families
/// report.
[[nodiscard]] inline boost::asio::ip::address plain(boost::asio::ip::address const& address)
{
    namespace ip = boost::asio::ip;
    return address.is_v6() && address.to_v6().is_v4_mapped() ? make_address_v4(ip::v4_mapped, address.to_v6())
                                                             : address;
}

} // namespace sluice::server
