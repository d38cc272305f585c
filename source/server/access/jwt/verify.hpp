#pragma once

#include "claims.hpp"
#include "key.hpp"
#include "refusal.hpp"
#include "token_grant.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::server::jwt {

/// What the token grants, or the first check that it fails. No claim is read before the signature is verified.
///
/// A key is tried if it permits the token's algorithm. The token's `kid` narrows the keys of sets: a key with another
/// id is not tried. Keys without an id, such as those of PEM files, do not care for it. A token that no key verifies is
/// refused as `unknown_key` if some keys have ids and none has the token's.
[[nodiscard]] boost::system::result<token_grant, refusal>
verify(std::string_view token, std::span<key const> keys, claim_rules const& rules, std::chrono::sys_seconds now);

/// Each check that the token fails; none if it is good. A token whose form or algorithm is refused is read no further.
[[nodiscard]] std::vector<refusal> failed_checks(std::string_view token, std::span<key const> keys,
                                                 claim_rules const& rules, std::chrono::sys_seconds now);

} // namespace sluice::server::jwt
