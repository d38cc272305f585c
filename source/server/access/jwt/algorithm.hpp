#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sluice::server::jwt {

enum class family {
    hmac,    ///< a secret
    rsa,     ///< RSASSA-PKCS1-v1_5
    rsa_pss, ///< RSASSA-PSS
    ecdsa,
    eddsa, ///< Ed25519
};

/// A way of signing (RFC 7518, section 3, and RFC 8037). There is one object of each, so that addresses compare.
struct algorithm {
    std::string_view name; ///< as in the header `alg`
    jwt::family family;
    std::size_t bits; ///< of the hash; with EdDSA, which has its own, 0
};

inline constexpr std::array<algorithm, 13> algorithms{{
    {"HS256", family::hmac, 256},
    {"HS384", family::hmac, 384},
    {"HS512", family::hmac, 512},
    {"RS256", family::rsa, 256},
    {"RS384", family::rsa, 384},
    {"RS512", family::rsa, 512},
    {"PS256", family::rsa_pss, 256},
    {"PS384", family::rsa_pss, 384},
    {"PS512", family::rsa_pss, 512},
    {"ES256", family::ecdsa, 256},
    {"ES384", family::ecdsa, 384},
    {"ES512", family::ecdsa, 512},
    {"EdDSA", family::eddsa, 0},
}};

/// The algorithm of this name, which is case-sensitive; null if there is none.
[[nodiscard]] constexpr algorithm const* find_algorithm(std::string_view name) noexcept
{
    for (auto const& one : algorithms) {
        if (one.name == name) {
            return &one;
        }
    }
    return nullptr;
}

} // namespace sluice::server::jwt
