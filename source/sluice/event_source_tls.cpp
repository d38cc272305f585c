#include <sluice/event_source_tls.hpp>

#include <sluice/event_source/asio_stream.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <openssl/ssl.h>

#include <string>
#include <utility>

namespace sluice {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

class tls_stream final : public asio_stream<ssl::stream<client_socket>> {
public:
    tls_stream(client_socket socket, ssl::context& context, std::string host)
        : asio_stream{std::move(socket), context}, host_{std::move(host)}
    {
    }

    asio::awaitable<error_code> handshake() override
    {
        error_code ec;
        if (asio::ip::make_address(host_, ec); ec) {
            // An address is no server name (RFC 6066, section 3).
            SSL_ctrl(next_layer().native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                     host_.data());
        }
        next_layer().set_verify_mode(ssl::verify_peer);
        next_layer().set_verify_callback(ssl::host_name_verification{host_});
        auto const [result] =
            co_await next_layer().async_handshake(ssl::stream_base::client, asio::as_tuple(asio::deferred));
        co_return result;
    }

    /// What OpenSSL objects to is a matter of certificates and settings, not of the moment.
    [[nodiscard]] bool is_final(error_code ec) const noexcept override
    {
        return ec.category() == asio::error::get_ssl_category();
    }

private:
    std::string host_;
};

class openssl_layer final : public tls_layer {
public:
    explicit openssl_layer(ssl::context& context) : context_{context} {}

    [[nodiscard]] std::unique_ptr<byte_stream> wrap(client_socket socket, std::string const& host) const override
    {
        return std::make_unique<tls_stream>(std::move(socket), context_, host);
    }

private:
    ssl::context& context_;
};

/// A layer with a context of its own.
struct trusting_system {
    ssl::context context{ssl::context::tls_client};
    openssl_layer layer{context};

    trusting_system() { context.set_default_verify_paths(); }
};

} // namespace

std::shared_ptr<tls_layer const> make_tls_layer(ssl::context& context)
{
    return std::make_shared<openssl_layer>(context);
}

std::shared_ptr<tls_layer const> make_tls_layer()
{
    auto const both = std::make_shared<trusting_system>();
    return {both, &both->layer};
}

} // namespace sluice
