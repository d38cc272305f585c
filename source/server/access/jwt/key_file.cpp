#include "key_file.hpp"

#include "openssl_ptr.hpp"

#include <openssl/decoder.h>
#include <openssl/pem.h>

#include <utility>
#include <vector>

namespace sluice::server::jwt {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";

/// The labels of the text's PEM blocks, as `PUBLIC KEY`, without the curve's name that OpenSSL writes in front of a
/// key.
[[nodiscard]] std::vector<std::string_view> labels_of(std::string_view text)
{
    std::vector<std::string_view> labels;
    for (auto at = text.find(begin_mark); at != std::string_view::npos; at = text.find(begin_mark)) {
        text.remove_prefix(at + begin_mark.size());
        auto const label = text.substr(0, text.find("-----"));
        if (label != "EC PARAMETERS") {
            labels.push_back(label);
        }
    }
    return labels;
}

[[nodiscard]] bool is_pem(std::string_view text) { return text.find(begin_mark) != std::string_view::npos; }

/// Without it OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

[[nodiscard]] pkey_ptr read_public_key(BIO* in)
{
    EVP_PKEY* pkey = nullptr;
    std::unique_ptr<OSSL_DECODER_CTX, freed_by<OSSL_DECODER_CTX_free>> const decoder{
        OSSL_DECODER_CTX_new_for_pkey(&pkey, "PEM", nullptr, nullptr, EVP_PKEY_PUBLIC_KEY, nullptr, nullptr)};
    if (decoder) {
        OSSL_DECODER_CTX_set_pem_password_cb(decoder.get(), no_passphrase, nullptr);
        OSSL_DECODER_from_bio(decoder.get(), in);
    }
    return pkey_ptr{pkey};
}

[[nodiscard]] pkey_ptr read_certificate(BIO* in)
{
    certificate_ptr const certificate{PEM_read_bio_X509(in, nullptr, no_passphrase, nullptr)};
    return pkey_ptr{certificate ? X509_get_pubkey(certificate.get()) : nullptr};
}

[[nodiscard]] key_result<key> usable(pkey_ptr pkey)
{
    if (!pkey) {
        return key_fault{"is PEM that cannot be decoded"};
    }
    return make_asymmetric(std::shared_ptr<EVP_PKEY>{std::move(pkey)});
}

[[nodiscard]] key_result<key> read_secret(std::string_view text)
{
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
        if (text.ends_with('\r')) {
            text.remove_suffix(1);
        }
    }
    if (text.starts_with('{') && text.find("\"kty\"") != std::string_view::npos) {
        return key_fault{"is a JSON Web Key, which belongs into a set for --jwks-file"};
    }
    return make_secret(std::string{text});
}

/// The label of the only PEM block.
[[nodiscard]] key_result<std::string_view> only_label(std::string_view text)
{
    auto const labels = labels_of(text);
    if (labels.size() != 1) {
        return key_fault{labels.empty() ? "holds no key" : "holds several PEM blocks, and one key a file is wanted"};
    }
    return labels.front();
}

[[nodiscard]] bio_ptr source_of(std::string_view text)
{
    return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

} // namespace

key_result<key> read_verifying_key(std::string_view text)
{
    if (!is_pem(text)) {
        return read_secret(text);
    }
    auto const label = only_label(text);
    if (label.has_error()) {
        return label.error();
    }
    if (label->ends_with("PRIVATE KEY")) {
        return key_fault{"holds a private key; to verify, only the public one is needed (openssl pkey -pubout)"};
    }
    auto const in = source_of(text);
    return usable(label->ends_with("CERTIFICATE") ? read_certificate(in.get()) : read_public_key(in.get()));
}

key_result<key> read_signing_key(std::string_view text)
{
    if (!is_pem(text)) {
        return read_secret(text);
    }
    auto const label = only_label(text);
    if (label.has_error()) {
        return label.error();
    }
    if (!label->ends_with("PRIVATE KEY")) {
        return key_fault{"holds no private key, which signing needs"};
    }
    if (*label == "ENCRYPTED PRIVATE KEY" || text.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos) {
        return key_fault{"holds a private key that is encrypted"};
    }
    auto const in = source_of(text);
    return usable(pkey_ptr{PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr)});
}

} // namespace sluice::server::jwt
