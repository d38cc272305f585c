#pragma once

#include "options/listen_address.hpp"

#include <vector>

namespace sluice::server {

/// A socket that the process was started with, and where it listens. Whoever has it closes it.
struct passed_socket {
    int descriptor;
    listen_address address;
};

/// Takes the listening sockets that the service manager has passed to this process (sd_listen_fds(3)): `LISTEN_FDS`
/// many from descriptor 3 on, if `LISTEN_PID` is this process. None of its children inherits them, or the variables.
/// Before there are threads. Throws `std::runtime_error` when one is not a listening TCP or local stream socket.
///
/// The protocol is a stable and documented one of few lines, so that no library is needed for it.
[[nodiscard]] std::vector<passed_socket> take_passed_sockets();

} // namespace sluice::server
