#pragma once

#include "connections/worker.hpp"
#include "options/listen_address.hpp"
#include "socket_activation.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <memory>
#include <string>

namespace sluice::server {

/// Accepts connections at one address and assigns them to the workers in turn.
class listener {
public:
    listener() = default;
    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;
    virtual ~listener() = default;

    /// Starts to accept connections, on the first worker. When accepting fails, for example for lack of descriptors, it
    /// logs that once, waits a little, and tries again.
    virtual void start(service& s, entrance const& to) = 0;
    /// Stops accepting. Called on the first worker's thread.
    virtual void stop() = 0;
    /// The address as in the ready line: `http://127.0.0.1:8080` or `unix:PATH`.
    [[nodiscard]] virtual std::string name() const = 0;
};

/// Binds the address; a stale socket file is replaced. Throws `std::system_error` if that fails.
[[nodiscard]] std::unique_ptr<listener> make_listener(listen_address const& where, worker& home);

/// Takes over a socket that already listens. Its file is not removed at the end, because other processes may have the
/// socket too.
[[nodiscard]] std::unique_ptr<listener> make_listener(passed_socket const& passed, worker& home);

} // namespace sluice::server
