#include "signature.hpp"

#include "openssl_ptr.hpp"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sluice::server::jwt {
namespace {

[[nodiscard]] EVP_MD const* hash_of(algorithm const& with)
{
    return with.bits == 256   ? EVP_sha256()
           : with.bits == 384 ? EVP_sha384()
           : with.bits == 512 ? EVP_sha512()
                              : nullptr;
}

/// The size of r, and of s: that of the order of P-256, P-384 or P-521.
[[nodiscard]] std::size_t half_size(algorithm const& with) noexcept { return with.bits == 512 ? 66 : with.bits / 8; }

/// The raw pair r and s as DER, which OpenSSL takes; empty if it cannot be.
[[nodiscard]] std::string to_der(std::string_view raw)
{
    auto const half = raw.size() / 2;
    auto const number = [](std::string_view bytes) {
        return bignum_ptr{BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
    };
    ecdsa_signature_ptr const pair{ECDSA_SIG_new()};
    auto r = number(raw.substr(0, half));
    auto s = number(raw.substr(half));
    if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) {
        return {};
    }
    (void)r.release();
    (void)s.release();
    std::string der(static_cast<std::size_t>(std::max(0, i2d_ECDSA_SIG(pair.get(), nullptr))), '\0');
    auto* end = bytes_of(der);
    i2d_ECDSA_SIG(pair.get(), &end);
    return der;
}

[[nodiscard]] std::string to_raw(std::string_view der, std::size_t half)
{
    auto const* begin = bytes_of(der);
    ecdsa_signature_ptr const pair{d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size()))};
    if (!pair) {
        return {};
    }
    std::string raw(2 * half, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), bytes_of(raw), static_cast<int>(half));
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), bytes_of(raw) + half, static_cast<int>(half));
    return raw;
}

[[nodiscard]] std::string hmac(algorithm const& with, key const& by, std::string_view text)
{
    std::string code(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (HMAC(hash_of(with), by.secret.data(), static_cast<int>(by.secret.size()), bytes_of(text), text.size(),
             bytes_of(code), &size) == nullptr) {
        return {};
    }
    code.resize(size);
    return code;
}

/// For PSS: MGF1 with the same hash, a salt of its size (RFC 7518, section 3.5).
[[nodiscard]] bool set_padding(algorithm const& with, EVP_PKEY_CTX* context)
{
    return with.family != family::rsa_pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                                              EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

} // namespace

bool has_signature_form(algorithm const& with, std::string_view signature) noexcept
{
    if (with.family != family::ecdsa) {
        return true;
    }
    auto const half = half_size(with);
    auto const is_zero = [](std::string_view number) {
        return std::ranges::all_of(number, [](char c) { return c == '\0'; });
    };
    return signature.size() == 2 * half && !is_zero(signature.substr(0, half)) && !is_zero(signature.substr(half));
}

bool verify_signature(algorithm const& with, key const& by, std::string_view text, std::string_view signature)
{
    if (with.family == family::hmac) {
        auto const code = hmac(with, by, text);
        return !code.empty() && code.size() == signature.size() &&
               CRYPTO_memcmp(code.data(), signature.data(), code.size()) == 0;
    }
    auto const der = with.family == family::ecdsa ? to_der(signature) : std::string{};
    auto const given = with.family == family::ecdsa ? std::string_view{der} : signature;
    digest_context_ptr const context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* of_key = nullptr;
    return context && EVP_DigestVerifyInit(context.get(), &of_key, hash_of(with), nullptr, by.pkey.get()) == 1 &&
           set_padding(with, of_key) &&
           EVP_DigestVerify(context.get(), bytes_of(given), given.size(), bytes_of(text), text.size()) == 1;
}

std::string sign(algorithm const& with, key const& by, std::string_view text)
{
    if (with.family == family::hmac) {
        return hmac(with, by, text);
    }
    digest_context_ptr const context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* of_key = nullptr;
    std::size_t size = 0;
    std::string made;
    bool const ready =
        context && EVP_DigestSignInit(context.get(), &of_key, hash_of(with), nullptr, by.pkey.get()) == 1 &&
        set_padding(with, of_key) && EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) == 1;
    made.resize(size);
    if (!ready || EVP_DigestSign(context.get(), bytes_of(made), &size, bytes_of(text), text.size()) != 1) {
        throw std::runtime_error("OpenSSL cannot sign with this key");
    }
    made.resize(size);
    return with.family == family::ecdsa ? to_raw(made, half_size(with)) : made;
}

} // namespace sluice::server::jwt
