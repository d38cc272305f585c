#pragma once

#include "refusal.hpp"
#include "token_grant.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::server::jwt {

/// What a token's claims must say.
struct claim_rules {
    std::string issuer{};                 ///< `iss`; empty: any, or none
    std::vector<std::string> audiences{}; ///< of which `aud` must name one; empty: any, or none
    std::chrono::seconds leeway{30};      ///< by how much clocks may differ
    bool require_exp = false;
};

/// Reads the registered claims (RFC 7519, section 4.1) into the grant. Returns each check that fails. A token is valid
/// from `nbf` on, less the leeway, until before `exp` and the leeway. `iat` is read, and no reason to refuse a token.
[[nodiscard]] std::vector<refusal> read_claims(boost::json::object const& claims, claim_rules const& rules,
                                               std::chrono::sys_seconds now, token_grant& grant);

/// Whether a token that expires then is no longer valid.
[[nodiscard]] inline bool has_expired(std::chrono::sys_seconds expires, claim_rules const& rules,
                                      std::chrono::sys_seconds now) noexcept
{
    return now >= expires + rules.leeway;
}

} // namespace sluice::server::jwt
