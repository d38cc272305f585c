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

/// Accepts connections at one address and deals them out to the workers in turn.
class listener {
public:
    listener() = default;
    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;
    virtual ~listener() = default;

    /// Starts to accept, on the first worker, for what the entrance leads to. When it cannot, as without descriptors or
    /// memory, it waits a little, says so once, and goes on.
    virtual void start(service& s, entrance const& to) = 0;
    /// Accepts no more. On the first worker's thread.
    virtual void stop() = 0;
    /// As the ready line has it: `http://127.0.0.1:8080` or `unix:PATH`.
    [[nodiscard]] virtual std::string name() const = 0;
};

/// Binds the address. Throws `std::system_error` when that fails. The socket file of a server that is gone is
/// replaced.
[[nodiscard]] std::unique_ptr<listener> make_listener(listen_address const& where, worker& home);

/// Takes over a socket that listens already. Its file stays: others may have the socket too.
[[nodiscard]] std::unique_ptr<listener> make_listener(passed_socket const& passed, worker& home);

} // namespace sluice::server
