#pragma once

#include "certificate.hpp"
#include "peer.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <memory>
#include <thread>
#include <utility>

namespace sluice::test {

/// @name Connections of each kind
/// `connect(executor, context)` gives the server's end, on the executor, and the client's, on the context.
/// @{
using tcp = boost::asio::ip::tcp;

[[nodiscard]] inline std::pair<tcp::socket, tcp::socket> tcp_pair(boost::asio::any_io_executor const& executor,
                                                                  boost::asio::io_context& context)
{
    tcp::acceptor acceptor{context, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
    tcp::socket client{context};
    client.connect(acceptor.local_endpoint());
    tcp::socket server{executor};
    acceptor.accept(server);
    return {std::move(server), std::move(client)};
}

struct tcp_socket {
    static constexpr auto name = "tcp::socket";
    using client = tcp::socket;
    static auto connect(boost::asio::any_io_executor const& executor, boost::asio::io_context& context)
    {
        return tcp_pair(executor, context);
    }
};

struct beast_tcp_stream {
    static constexpr auto name = "beast::tcp_stream";
    using client = tcp::socket;
    static auto connect(boost::asio::any_io_executor const& executor, boost::asio::io_context& context)
    {
        auto [server, peer] = tcp_pair(executor, context);
        return std::pair{boost::beast::tcp_stream{std::move(server)}, std::move(peer)};
    }
};

struct local_socket {
    static constexpr auto name = "local::stream_protocol::socket";
    using client = boost::asio::local::stream_protocol::socket;
    static auto connect(boost::asio::any_io_executor const& executor, boost::asio::io_context& context)
    {
        client server{executor};
        client peer{context};
        boost::asio::local::connect_pair(server, peer);
        return std::pair{std::move(server), std::move(peer)};
    }
};

struct test_stream {
    static constexpr auto name = "beast::test::stream";
    using client = boost::beast::test::stream;
    static auto connect(boost::asio::any_io_executor const& executor, boost::asio::io_context& context)
    {
        client server{executor};
        client peer{context};
        server.connect(peer);
        return std::pair{std::move(server), std::move(peer)};
    }
};

/// A TLS stream whose handshake is done.
template <class Server>
struct tls_stream {
    static constexpr auto name = "TLS";
    using client = boost::asio::ssl::stream<tcp::socket>;
    static auto connect(boost::asio::any_io_executor const& executor, boost::asio::io_context& context)
    {
        auto [server_socket, client_socket] = tcp_pair(executor, context);
        Server server{std::move(server_socket), server_tls()};
        client peer{std::move(client_socket), client_tls()};
        std::jthread const other_end{[&peer] { peer.handshake(boost::asio::ssl::stream_base::client); }};
        server.handshake(boost::asio::ssl::stream_base::server);
        return std::pair{std::move(server), std::move(peer)};
    }
};
using asio_tls = tls_stream<boost::asio::ssl::stream<tcp::socket>>;
using beast_tls = tls_stream<boost::beast::ssl_stream<boost::beast::tcp_stream>>;
/// @}

} // namespace sluice::test
