#pragma once

#include <sluice/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// A connected socket of any family: IPv4, IPv6 or local.
using client_socket = boost::asio::generic::stream_protocol::socket;

/// The connection that an event source reads and writes, plain or encrypted. Confined to its executor.
class byte_stream {
public:
    byte_stream() = default;
    byte_stream(byte_stream const&) = delete;
    byte_stream& operator=(byte_stream const&) = delete;
    virtual ~byte_stream() = default;

    /// Does what must come before the first request: for TLS, its handshake.
    virtual boost::asio::awaitable<error_code> handshake() = 0;
    /// Whether another attempt would fail too, after the handshake or the first read failed with this error: so it is
    /// for a certificate that the client does not trust.
    [[nodiscard]] virtual bool is_final(error_code ec) const noexcept = 0;
    /// More about why the handshake failed than the error says, in one line; empty if there is no more to say.
    [[nodiscard]] virtual std::string detail() const = 0;
    virtual boost::asio::awaitable<std::pair<error_code, std::size_t>> read_some(boost::asio::mutable_buffer to) = 0;
    virtual boost::asio::awaitable<error_code> write(std::string_view bytes) = 0;
    /// Closes the connection at once; pending operations end with an error.
    virtual void close() noexcept = 0;
};

/// Turns connected sockets into encrypted streams.
class tls_layer {
public:
    tls_layer() = default;
    tls_layer(tls_layer const&) = delete;
    tls_layer& operator=(tls_layer const&) = delete;
    virtual ~tls_layer() = default;

    /// An encrypted stream to the server of this name, which its certificate must prove.
    [[nodiscard]] virtual std::unique_ptr<byte_stream> wrap(client_socket socket, std::string const& host) const = 0;
};

} // namespace sluice
