#pragma once

#include "refusal.hpp"
#include "token_grant.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace sluice::server::jwt {

inline constexpr std::size_t most_matchers = 1000;

/// The `type` of Mercure's entries in `authorization_details`.
inline constexpr std::string_view detail_type = "https://mercure.rocks/authorization-detail";

/// Reads the claims about topics into the grant: dialect, matchers and payloads. `authorization_details` with an entry
/// of Mercure's decides alone; then `typ` must be `at+jwt`. Else it is the claim `https://mercure.rocks/`, else
/// `mercure`. A token without any of these is good and grants nothing.
/// Returns why not, if one of them is not what it should be: one bad entry refuses the whole token.
[[nodiscard]] std::optional<refusal> read_rights(boost::json::object const& claims, std::string_view typ,
                                                 token_grant& grant);

} // namespace sluice::server::jwt
