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

/// A connected socket, of whichever family.
using client_socket = boost::asio::generic::stream_protocol::socket;

/// A connection's bytes, plain or encrypted: what an event source reads and writes. Confined to its executor.
class byte_stream {
public:
    byte_stream() = default;
    byte_stream(byte_stream const&) = delete;
    byte_stream& operator=(byte_stream const&) = delete;
    virtual ~byte_stream() = default;

    /// Makes the connection ready for what follows.
    virtual boost::asio::awaitable<error_code> handshake() = 0;
    /// Whether what the handshake, or the first answer, failed with will not go away by another attempt.
    [[nodiscard]] virtual bool is_final(error_code ec) const noexcept = 0;
    /// What more than the error there is to say of why the handshake failed, in one line; empty: nothing.
    [[nodiscard]] virtual std::string detail() const = 0;
    virtual boost::asio::awaitable<std::pair<error_code, std::size_t>> read_some(boost::asio::mutable_buffer to) = 0;
    virtual boost::asio::awaitable<error_code> write(std::string_view bytes) = 0;
    /// Closes the connection at once; what is pending ends with an error.
    virtual void close() noexcept = 0;
};

/// Makes encrypted streams of connected sockets.
class tls_layer {
public:
    tls_layer() = default;
    tls_layer(tls_layer const&) = delete;
    tls_layer& operator=(tls_layer const&) = delete;
    virtual ~tls_layer() = default;

    /// A stream to the server with that name, which its certificate must prove.
    [[nodiscard]] virtual std::unique_ptr<byte_stream> wrap(client_socket socket, std::string const& host) const = 0;
};

} // namespace sluice
