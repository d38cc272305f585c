#pragma once

#include "algorithm.hpp"
#include "refusal.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server::jwt {

/// More does not fit into the head of a request.
inline constexpr std::size_t most_token_bytes = std::size_t{16} << 10U;

/// A signed token in its compact form (RFC 7515, section 7.1), decoded, of which nothing has been verified yet.
struct compact_form {
    algorithm const* alg;
    std::optional<std::string> kid;
    std::string typ; ///< empty: none
    std::string payload;
    std::string signature;
    /// What is signed: header and payload as they stand in the token, of which this is a view.
    std::string_view signed_text;
};

/// Splits the token and reads its header. The members `jku`, `jwk`, `x5u` and `x5c` are never followed.
[[nodiscard]] boost::system::result<compact_form, refusal> parse_compact_form(std::string_view token);

} // namespace sluice::server::jwt
