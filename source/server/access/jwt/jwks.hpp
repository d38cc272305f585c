#pragma once

#include "key.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::server::jwt {

/// The keys of a JSON Web Key Set, and those of its entries that are not for verifying tokens.
struct jwks {
    std::vector<key> keys;
    /// One line each: `key 2 ('old') is left out: its 'use' is 'enc'`.
    std::vector<std::string> left_out;
};

/// Reads a set of keys (RFC 7517): `{"keys":[...]}`, which may be empty. An entry of a type, curve or use that is not
/// for these algorithms is left out, as the RFC asks; a fault in any other entry is a fault of the set. Private parts
/// are not read.
[[nodiscard]] key_result<jwks> parse_jwks(std::string_view text);

} // namespace sluice::server::jwt
