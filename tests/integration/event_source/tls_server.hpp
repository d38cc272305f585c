#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sluice::test {

/// A certificate and its key, as files.
struct credentials {
    std::string certificate;
    std::string key;
};

/// An authority of its own and the certificates that it gives, made by the openssl command in a directory that goes
/// with this.
class certificates {
public:
    certificates();
    ~certificates();
    certificates(certificates const&) = delete;
    certificates& operator=(certificates const&) = delete;

    [[nodiscard]] std::string authority() const;
    [[nodiscard]] credentials for_name(std::string const& name) const { return make("DNS:" + name); }
    [[nodiscard]] credentials for_address(std::string const& address) const { return make("IP:" + address); }

private:
    [[nodiscard]] credentials make(std::string const& alternative_name) const;

    std::filesystem::path directory_;
};

/// How a server with TLS begins.
struct tls_behaviour {
    /// The alerts that the first connections get in place of a handshake (RFC 8446, section 6).
    std::vector<unsigned char> alerts = {};
    /// The client has to show a certificate of this authority, when one is named.
    std::string client_authority = {};
};

/// Answers each request with a stream of one event, whose id and data are one more than the last id, and ends it.
class tls_server {
public:
    explicit tls_server(credentials const& c, tls_behaviour behaviour = {});
    ~tls_server();
    tls_server(tls_server const&) = delete;
    tls_server& operator=(tls_server const&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(std::string const& host) const;
    /// The names that clients asked for (SNI), empty where none was named.
    [[nodiscard]] std::vector<std::string> server_names() const;
    [[nodiscard]] std::size_t requests() const { return requests_; }

private:
    void serve();
    void serve_one(boost::asio::ip::tcp::socket socket);
    void alert(boost::asio::ip::tcp::socket socket);

    boost::asio::io_context context_;
    boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_server};
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_;
    std::vector<unsigned char> alerts_; ///< those yet to be given
    std::atomic<std::size_t> requests_ = 0;
    std::atomic<bool> stopping_ = false;
    mutable std::mutex mutex_;
    std::vector<std::string> names_; ///< guarded by `mutex_`
    std::thread thread_;
};

} // namespace sluice::test
