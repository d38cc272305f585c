#include "key.hpp"

#include "openssl_ptr.hpp"

#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace sluice::server::jwt {
namespace {

constexpr std::size_t least_secret_bytes = 32;
constexpr std::size_t least_rsa_bits = 2048;

/// Of the hash that belongs to the curve (RFC 7518, section 3.4); 0: it is none of those.
[[nodiscard]] std::size_t curve_bits(EVP_PKEY const* pkey)
{
    std::array<char, 64> name{};
    if (EVP_PKEY_get_group_name(pkey, name.data(), name.size(), nullptr) != 1) {
        return 0;
    }
    std::string_view const curve{name.data()};
    return curve == "prime256v1" ? 256 : curve == "secp384r1" ? 384 : curve == "secp521r1" ? 512 : 0;
}

/// Whether its numbers can be those of a public key: a point on the curve, an exponent above 1.
[[nodiscard]] bool is_sound(EVP_PKEY* pkey)
{
    pkey_context_ptr const context{EVP_PKEY_CTX_new(pkey, nullptr)};
    return context && EVP_PKEY_public_check(context.get()) == 1;
}

[[nodiscard]] bool is_public_notation(std::string_view bytes)
{
    for (std::string_view const begin : {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"}) {
        if (bytes.starts_with(begin)) {
            return true;
        }
    }
    return bytes.find("-----BEGIN ") != std::string_view::npos;
}

} // namespace

bool key::permits(algorithm const& wanted) const noexcept
{
    if (only != nullptr && only != &wanted) {
        return false;
    }
    switch (wanted.family) {
    case family::hmac:
        return kind == key_kind::secret && bits >= wanted.bits;
    case family::rsa:
    case family::rsa_pss:
        return kind == key_kind::rsa;
    case family::ecdsa:
        return kind == key_kind::elliptic_curve && bits == wanted.bits;
    case family::eddsa:
        return kind == key_kind::ed25519;
    }
    return false;
}

key_result<key> make_secret(std::string bytes)
{
    if (is_public_notation(bytes)) {
        return key_fault{"is a PEM or SSH key, which cannot be the secret of an HMAC"};
    }
    if (bytes.size() < least_secret_bytes) {
        return key_fault{fmt::format("has {} bytes, and a secret needs at least {}", bytes.size(), least_secret_bytes)};
    }
    auto const bits = bytes.size() * 8;
    return key{.kind = key_kind::secret, .bits = bits, .secret = std::move(bytes)};
}

key_result<key> make_asymmetric(std::shared_ptr<EVP_PKEY> pkey)
{
    key made{.kind = key_kind::rsa, .pkey = std::move(pkey)};
    auto* const raw = made.pkey.get();
    if (EVP_PKEY_is_a(raw, "RSA") == 1) {
        made.bits = static_cast<std::size_t>(EVP_PKEY_get_bits(raw));
        if (made.bits < least_rsa_bits) {
            return key_fault{fmt::format("has {} bits, and an RSA key needs at least {}", made.bits, least_rsa_bits)};
        }
    } else if (EVP_PKEY_is_a(raw, "EC") == 1) {
        made.kind = key_kind::elliptic_curve;
        made.bits = curve_bits(raw);
        if (made.bits == 0) {
            return key_fault{"is on none of the curves P-256, P-384 and P-521"};
        }
    } else if (EVP_PKEY_is_a(raw, "ED25519") == 1) {
        made.kind = key_kind::ed25519;
    } else {
        return key_fault{"is neither RSA, nor on a curve P-256, P-384 or P-521, nor Ed25519"};
    }
    if (made.kind != key_kind::ed25519 && !is_sound(raw)) {
        return key_fault{"has numbers that are not those of a public key"};
    }
    return made;
}

} // namespace sluice::server::jwt
