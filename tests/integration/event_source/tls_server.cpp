#include "tls_server.hpp"

#include <support/child_process.hpp>
#include <support/failure.hpp>
#include <support/scripted_server.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <array>
#include <utility>

#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp

namespace sluice::test {
namespace {

namespace asio = boost::asio;

void openssl(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "/usr/bin/openssl");
    child_process made({.command = std::move(arguments)});
    auto const status = made.wait({});
    if (!status || status->code != 0) {
        fail("openssl to make a certificate", made.err());
    }
}

std::filesystem::path make_directory()
{
    auto path = (std::filesystem::temp_directory_path() / "sluice-tls-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) {
        fail("a temporary directory", path);
    }
    return path;
}

} // namespace

certificates::certificates() : directory_{make_directory()}
{
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=authority", "-keyout", directory_ / "authority.key", "-out", authority()});
}

certificates::~certificates() { std::filesystem::remove_all(directory_); }

std::string certificates::authority() const { return directory_ / "authority.pem"; }

credentials certificates::make(std::string const& alternative_name) const
{
    credentials const c{.certificate = directory_ / "server.pem", .key = directory_ / "server.key"};
    openssl({"req",
             "-x509",
             "-newkey",
             "ec",
             "-pkeyopt",
             "ec_paramgen_curve:prime256v1",
             "-nodes",
             "-days",
             "2",
             "-subj",
             "/CN=server",
             "-addext",
             "subjectAltName=" + alternative_name,
             "-addext",
             "basicConstraints=critical,CA:FALSE",
             "-CA",
             authority(),
             "-CAkey",
             directory_ / "authority.key",
             "-keyout",
             c.key,
             "-out",
             c.certificate});
    return c;
}

tls_server::tls_server(credentials const& c, tls_behaviour behaviour)
    : acceptor_{context_, {asio::ip::address_v4::loopback(), 0}},
      port_{acceptor_.local_endpoint().port()},
      alerts_{std::move(behaviour.alerts)}
{
    if (!behaviour.client_authority.empty()) {
        tls_.load_verify_file(behaviour.client_authority);
        tls_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    tls_.use_certificate_file(c.certificate, asio::ssl::context::pem);
    tls_.use_private_key_file(c.key, asio::ssl::context::pem);
    thread_ = std::thread([this] { serve(); });
}

tls_server::~tls_server()
{
    stopping_ = true;
    {
        // Ends the accept that waits.
        stream_socket const last{endpoint{port_}};
    }
    thread_.join();
}

std::string tls_server::url(std::string const& host) const { return fmt::format("https://{}:{}/events", host, port_); }

std::vector<std::string> tls_server::server_names() const
{
    std::lock_guard const lock{mutex_};
    return names_;
}

void tls_server::serve()
{
    while (!stopping_) {
        auto socket = acceptor_.accept();
        if (alerts_.empty()) {
            serve_one(std::move(socket));
        } else {
            alert(std::move(socket));
        }
    }
}

void tls_server::alert(asio::ip::tcp::socket socket)
{
    boost::system::error_code ec;
    std::array<char, 4096> hello{};
    (void)socket.read_some(asio::buffer(hello), ec);
    std::array<unsigned char, 7> const record{0x15, 3, 3, 0, 2, 2, alerts_.front()}; // fatal
    alerts_.erase(alerts_.begin());
    asio::write(socket, asio::buffer(record), ec);
    // Until the client has read it: a close with bytes unread would be a reset.
    (void)socket.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    (void)socket.read_some(asio::buffer(hello), ec);
}

void tls_server::serve_one(asio::ip::tcp::socket socket)
{
    asio::ssl::stream<asio::ip::tcp::socket> stream{std::move(socket), tls_};
    boost::system::error_code ec;
    stream.handshake(asio::ssl::stream_base::server, ec);
    if (ec) {
        return;
    }
    std::string request;
    asio::read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n", ec);
    if (ec) {
        return;
    }
    ++requests_;
    {
        auto const* const name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
        std::lock_guard const lock{mutex_};
        names_.emplace_back(name == nullptr ? "" : name);
    }
    auto const last = field_of(request, "Last-Event-ID");
    auto const next = last.empty() ? 1 : std::stoi(last) + 1;
    auto const answer = fmt::format("{}id: {}\ndata: {}\n\n", stream_head, next, next);
    asio::write(stream, asio::buffer(answer), ec);
}

} // namespace sluice::test
