#pragma once

#include "algorithm.hpp"
#include "key.hpp"
#include "token_grant.hpp"

#include <string>

namespace sluice::server::jwt {

/// Claims beside those of a grant.
struct minted_claims {
    token_grant grant{};
    std::string issuer{};   ///< `iss`; empty: none
    std::string audience{}; ///< `aud`; empty: none
};

/// Makes a token, signed with a key that permits the algorithm. A matcher's payload is written in Mercure 1.0 alone,
/// the grant's own in 0.x alone.
[[nodiscard]] std::string mint(minted_claims const& claims, algorithm const& with, key const& by);

} // namespace sluice::server::jwt
