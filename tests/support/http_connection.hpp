#pragma once

#include <support/http_body_decoder.hpp>
#include <support/http_message.hpp>
#include <support/socket.hpp>

#include <string>
#include <string_view>

namespace sluice::test {

enum class connection_end { closed, reset };

/// One connection, on which a test sends any bytes and reads responses in order. For one thread at a time.
class http_connection {
public:
    explicit http_connection(const endpoint& to, deadline until = {});

    /// Sends bytes as they are.
    void send(std::string_view bytes, deadline until = {}) { socket_.send(bytes, until); }
    /// Sends `bytes` in writes of `size`, each its own segment (TCP_NODELAY); the receiver may still see them
    /// joined.
    void send_in_pieces(std::string_view bytes, std::size_t size, deadline until = {});
    void send(const http_request& request, deadline until = {}) { send(request.to_bytes(host_), until); }

    /// Sends and reads the response; the connection stays open if the server keeps it.
    http_response request(const http_request& request, deadline until = {});
    http_response get(std::string target, deadline until = {});
    http_response post_json(std::string target, const boost::json::value& body, deadline until = {});

    /// Reads the next response whole. `to_head`: the request was HEAD. An interim response (100) is given as
    /// such.
    http_response read_response(deadline until = {}, bool to_head = false);
    /// Reads up to the end of the headers; the body is for read_body().
    http_response read_head(deadline until = {}, bool to_head = false);

    /// Appends more of the body, waiting for the first bytes of it; at most `limit` bytes are taken from the
    /// socket. `data` also when the framing alone advanced. Not to be called once body().complete().
    receive_result read_body(std::string& body, deadline until, std::size_t limit = 65536);
    [[nodiscard]] const http_body_decoder& body() const { return body_; }

    /// Waits for the server to end the connection. Fails the test when bytes come first.
    connection_end read_eof(deadline until = {});
    /// Bytes that came and belong to no message read so far.
    [[nodiscard]] const std::string& unread() const { return buffer_; }

    void shutdown_write() { socket_.shutdown_write(); }
    void close() { socket_.close(); }
    void reset() { socket_.reset(); }
    stream_socket& socket() { return socket_; }
    [[nodiscard]] const std::string& host() const { return host_; }

private:
    stream_socket socket_;
    std::string host_;
    std::string buffer_;
    http_body_decoder body_;
};

/// One request on a connection of its own.
http_response request(const endpoint& to, const http_request& request, deadline until = {});
http_response get(const endpoint& to, std::string target, deadline until = {});
http_response post_json(const endpoint& to, std::string target, const boost::json::value& body, deadline until = {});

/// Publishes by POST /broadcast and returns the event's id; fails the test unless it is answered with 200.
std::string broadcast(const endpoint& to, std::string_view data, std::string_view type = "message");

} // namespace sluice::test
