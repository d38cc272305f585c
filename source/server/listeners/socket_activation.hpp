#pragma once

#include "options/listen_address.hpp"

#include <vector>

namespace sluice::server {

/// A socket that was passed to the process, and its address. Its owner closes it.
struct passed_socket {
    int descriptor;
    listen_address address;
};

/// Takes the listening sockets that the service manager has passed to this process (sd_listen_fds(3)): `LISTEN_FDS` of
/// them from descriptor 3 on, if `LISTEN_PID` is this process. Child processes inherit neither the sockets nor the
/// variables. Call it before there are threads. Throws `std::runtime_error` if one is not a listening TCP or local
/// stream socket.
///
/// The protocol is stable, documented and a few lines long, so no library is needed.
[[nodiscard]] std::vector<passed_socket> take_passed_sockets();

} // namespace sluice::server
