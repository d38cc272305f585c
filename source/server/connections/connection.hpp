#pragma once

#include "worker.hpp"

namespace sluice::server {

/// Serves a connection from its first byte to its last: its requests, and the stream that it may become. It starts on
/// the worker whose executor the socket has. The entrance is one of the service's. Safe from any thread.
void start_connection(socket_type socket, service& s, entrance const& by, worker& home);

} // namespace sluice::server
