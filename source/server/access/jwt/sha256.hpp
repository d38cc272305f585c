#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <string_view>

namespace sluice::server::jwt {

using sha256_digest = std::array<unsigned char, 32>;

/// The SHA-256 of several texts, which no other texts have: "ab" and "c" are not "a" and "bc".
[[nodiscard]] sha256_digest sha256_of(std::initializer_list<std::string_view> texts);

/// A hash of digests: their first bytes, which are as random as any.
struct sha256_hash {
    [[nodiscard]] std::size_t operator()(sha256_digest const& digest) const noexcept
    {
        std::size_t hash = 0;
        std::memcpy(&hash, digest.data(), sizeof(hash));
        return hash;
    }
};

} // namespace sluice::server::jwt
