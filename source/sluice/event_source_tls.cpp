#include <sluice/event_source_tls.hpp>

#include <sluice/client/asio_stream.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/ssl/verify_context.hpp>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <string>
#include <utility>

namespace sluice {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

/// Whether the peer's alert means that a certificate or a setting, at either end, has to change first. Other alerts
/// pass: a server that is starting, or cannot reach what it needs, says `internal_error` or `unrecognized_name`.
[[nodiscard]] bool is_final_alert(int alert) noexcept
{
    switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_CERTIFICATE_REQUIRED:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_PROTOCOL_VERSION:
    case SSL_AD_INSUFFICIENT_SECURITY:
    case SSL_AD_INAPPROPRIATE_FALLBACK:
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return true;
    default:
        return false;
    }
}

class tls_stream final : public asio_stream<ssl::stream<client_socket>> {
public:
    tls_stream(client_socket socket, ssl::context& context, std::string host)
        : asio_stream{std::move(socket), context}, host_{std::move(host)}
    {
    }

    asio::awaitable<error_code> handshake() override
    {
        auto* const handle = next_layer().native_handle();
        error_code not_an_address;
        (void)asio::ip::make_address(host_, not_an_address);
        bool named = false;
        if (not_an_address) {
            // An address is not a server name (RFC 6066, section 3).
            SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host_.data());
            named = X509_VERIFY_PARAM_set1_host(SSL_get0_param(handle), host_.data(), host_.size()) == 1;
        } else {
            named = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), host_.c_str()) == 1;
        }
        if (!named) {
            co_return asio::error::no_memory;
        }
        next_layer().set_verify_mode(ssl::verify_peer);
        next_layer().set_verify_callback(
            [this](bool proven, ssl::verify_context& context) { return on_verified(proven, context); });
        auto const [result] =
            co_await next_layer().async_handshake(ssl::stream_base::client, asio::as_tuple(asio::deferred));
        shaken_ = !result;
        co_return result;
    }

    /// OpenSSL's objections in a handshake concern certificates and settings, so they do not pass. Neither do some of
    /// the peer's alerts, which in TLS 1.3 may also come after the handshake, for example if a client certificate is
    /// missing.
    [[nodiscard]] bool is_final(error_code ec) const noexcept override
    {
        if (ec.category() != asio::error::get_ssl_category()) {
            return false;
        }
        auto const alert = ERR_GET_REASON(static_cast<unsigned long>(ec.value())) - SSL_AD_REASON_OFFSET;
        return alert < 0 ? !shaken_ : is_final_alert(alert);
    }
    [[nodiscard]] std::string detail() const override { return objection_; }

private:
    /// Decides as OpenSSL does, without the context's own callback, and keeps the reason for a failure.
    bool on_verified(bool proven, ssl::verify_context& context)
    {
        if (!proven) {
            auto* const store = context.native_handle();
            objection_ = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
            if (auto* const certificate = X509_STORE_CTX_get_current_cert(store)) {
                std::array<char, 256> subject{};
                X509_NAME_oneline(X509_get_subject_name(certificate), subject.data(), static_cast<int>(subject.size()));
                objection_ += fmt::format(" ({})", subject.data());
            }
        }
        return proven;
    }

    std::string host_;
    std::string objection_;
    bool shaken_ = false;
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

/// A layer that owns its context.
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
