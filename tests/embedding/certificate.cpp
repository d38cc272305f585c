#include "certificate.hpp"

#include <boost/asio/buffer.hpp>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace sluice::test {
namespace {

namespace ssl = boost::asio::ssl;

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* p) const noexcept
    {
        Free(p);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;

[[nodiscard]] std::string text_of(BIO& bio)
{
    char* data = nullptr;
    auto const size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

/// A key and the certificate that it signed itself, as PEM.
struct identity {
    std::string key;
    std::string certificate;
};

[[nodiscard]] identity make_identity()
{
    key_ptr const key{EVP_EC_gen("P-256")};
    certificate_ptr const certificate{X509_new()};
    REQUIRE(key);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    auto* const name = X509_get_subject_name(certificate.get());
    auto const* const host = reinterpret_cast<unsigned char const*>("localhost");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    REQUIRE(X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0);

    bio_ptr const key_text{BIO_new(BIO_s_mem())};
    bio_ptr const certificate_text{BIO_new(BIO_s_mem())};
    REQUIRE(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    REQUIRE(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1);
    return {text_of(*key_text), text_of(*certificate_text)};
}

[[nodiscard]] identity const& own_identity()
{
    static identity const made = make_identity();
    return made;
}

} // namespace

ssl::context& server_tls()
{
    static ssl::context context = [] {
        ssl::context made{ssl::context::tls_server};
        made.use_private_key(boost::asio::buffer(own_identity().key), ssl::context::pem);
        made.use_certificate_chain(boost::asio::buffer(own_identity().certificate));
        return made;
    }();
    return context;
}

ssl::context& client_tls()
{
    static ssl::context context = [] {
        ssl::context made{ssl::context::tls_client};
        made.add_certificate_authority(boost::asio::buffer(own_identity().certificate));
        made.set_verify_mode(ssl::verify_peer);
        return made;
    }();
    return context;
}

} // namespace sluice::test
