#pragma once

#include "worker.hpp"

#include <string>

namespace sluice::server {

/// The address of the socket's peer without its port; empty for a local socket, or when there is no peer any more. An
/// IPv4 address that comes by a socket for both families is one.
[[nodiscard]] std::string peer_address(socket_type const& socket);

} // namespace sluice::server
