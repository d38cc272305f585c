#pragma once

#include "algorithm.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st; // OpenSSL's EVP_PKEY

namespace sluice::server::jwt {

enum class key_kind { secret, rsa, elliptic_curve, ed25519 };

/// A key and, by what it is, the algorithms that it may be used with. A token never widens them: were the choice the
/// token's, a public key could be made to serve as the secret of an HMAC.
struct key {
    key_kind kind;
    std::size_t bits = 0;                ///< of a secret or an RSA modulus; of a curve's hash: 256, 384 or 512
    std::string secret{};                ///< for HMAC
    std::shared_ptr<evp_pkey_st> pkey{}; ///< for the others
    std::optional<std::string> id{};     ///< the `kid` of a key that is in a set
    algorithm const* only = nullptr;     ///< the `alg` of a key that is in a set; null: all that the key is fit for

    [[nodiscard]] bool permits(algorithm const& wanted) const noexcept;
};

/// What is wrong with a key, as the rest of a sentence that begins with its name: `has 1024 bits, and ...`.
struct key_fault {
    std::string text;
};

template <class T>
using key_result = boost::system::result<T, key_fault>;

/// A secret for HMAC. At least 32 bytes; it may be used with HS384 from 48 bytes on, with HS512 from 64.
/// A text that is plainly a public key in one notation or another is refused: whoever has it could sign.
[[nodiscard]] key_result<key> make_secret(std::string bytes);

/// A key of OpenSSL's: RSA with at least 2,048 bits, P-256, P-384, P-521 or Ed25519.
[[nodiscard]] key_result<key> make_asymmetric(std::shared_ptr<evp_pkey_st> pkey);

} // namespace sluice::server::jwt
