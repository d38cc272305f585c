#pragma once

#include <support/deadline.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::test {

/// Where to connect to, from where and how. Made from a port it is 127.0.0.1:port.
struct endpoint {
    endpoint(std::uint16_t to_port = 0) : port(to_port) {} // NOLINT(google-explicit-constructor)
    static endpoint unix_socket(std::string path);

    std::uint16_t port;
    std::string address = "127.0.0.1"; ///< IPv4 or IPv6, numeric
    std::string source_address;        ///< such as 127.0.0.2; empty: the kernel's choice
    std::string unix_path;             ///< not empty: a Unix socket, in place of address and port
    int receive_buffer = 0;            ///< SO_RCVBUF in bytes, for clients that stall; 0: the kernel's choice

    /// What a Host header says.
    [[nodiscard]] std::string host() const;
};

enum class receive_result { data, closed, reset, timed_out };

const char* to_string(receive_result result);

/// One connected stream socket: blocking calls with deadlines. Not copyable; closed by the destructor.
class stream_socket {
public:
    stream_socket() = default;
    explicit stream_socket(const endpoint& to, deadline until = {});
    explicit stream_socket(int descriptor); ///< takes an accepted socket
    stream_socket(const stream_socket&) = delete;
    stream_socket& operator=(const stream_socket&) = delete;
    stream_socket(stream_socket&& other) noexcept;
    stream_socket& operator=(stream_socket&& other) noexcept;
    ~stream_socket();

    /// Writes all of it. Fails the test when the peer does not take it in time or has closed.
    void send(std::string_view bytes, deadline until = {});
    /// Writes what it can; false when the peer closed or reset, or the deadline passed.
    bool try_send(std::string_view bytes, deadline until = {});
    /// Appends what is there to `into`, at most `limit` bytes; waits for the first.
    receive_result receive(std::string& into, deadline until, std::size_t limit = 65536);

    void shutdown_write();
    void close();
    /// Closes by a TCP reset (RST), as a crashed or vanished client does.
    void reset();
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    /// The port on this side, by which a server's log may name the connection.
    [[nodiscard]] std::uint16_t local_port() const;

private:
    void connect_tcp(const endpoint& to, deadline until);
    void connect_unix(const endpoint& to, deadline until);
    void finish_connect(int result, const std::string& name, deadline until);

    int descriptor_ = -1;
};

} // namespace sluice::test
