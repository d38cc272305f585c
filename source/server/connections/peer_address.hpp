#pragma once

#include "worker.hpp"

#include <string>

namespace sluice::server {

/// The address of the socket's peer, without its port; empty for a local socket, or if the peer is gone. An IPv4
/// address in IPv6 form, as sockets for both families report it, is returned as IPv4.
[[nodiscard]] std::string peer_address(socket_type const& socket);

} // namespace sluice::server
