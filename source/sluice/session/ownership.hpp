#pragma once

#include <sluice/config.hpp>
#include <sluice/session/session_meta.hpp>

#include <string_view>

namespace sluice {

/// Whether two addresses are in the same network: the same IPv4 /24 or IPv6 /64. An IPv4 address in IPv6 form counts as
/// IPv4. Texts that are not addresses, such as the empty one of a local socket, must be equal.
[[nodiscard]] bool same_network(std::string_view a, std::string_view b);

/// Whether the rule allows a claim with this metadata to have the owner's session.
[[nodiscard]] bool may_claim(ownership_rule const& rule, session_meta const& owner, session_meta const& claimant);

} // namespace sluice
