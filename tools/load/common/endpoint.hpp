#pragma once

#include "unique_fd.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace sluice::load {

/// A resolved TCP address.
struct endpoint {
    sockaddr_storage address{};
    socklen_t size = 0;
    std::string authority; ///< `host:port` as given, for the `Host` header and for reports

    const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&address); }
    /// True for 127.0.0.0/8, whose every address can be a source without configuration.
    bool is_ipv4_loopback() const;
};

/// Understands `host:port`, `[v6]:port` and the same behind `http://`; throws std::runtime_error otherwise.
endpoint resolve(std::string_view url);

/// A non-blocking listening socket. Throws std::system_error.
unique_fd listen_on(const endpoint& where);

/// The port that the kernel gave to a socket bound to port 0.
std::uint16_t local_port(int fd);

/// How a client bounds what the kernels on both sides hold for it; 0 is their own choice.
struct socket_bounds {
    int receive_buffer = 0; ///< SO_RCVBUF
    int segment = 0;        ///< TCP_MAXSEG: the peer's send buffer is made for so many segments
};

/// Starts a non-blocking connect with TCP_NODELAY. On loopback the source address is 127.0.0.(1 + `source`),
/// because one source address has only some 28,000 ephemeral ports. Throws std::system_error if the connect
/// cannot start.
unique_fd start_connect(const endpoint& where, unsigned source = 0, const socket_bounds& bounds = {});

/// The error of a connect that has finished; 0 is success.
int socket_error(int fd);

/// Raises the soft limit of open files to the hard limit and returns it.
std::uint64_t raise_file_limit();

} // namespace sluice::load
