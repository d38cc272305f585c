#pragma once

#include <sluice/config.hpp>
#include <sluice/session/session_meta.hpp>

#include <string_view>

namespace sluice {

/// Whether two addresses are of one network: the same IPv4 /24 or IPv6 /64 (an IPv4 address mapped into IPv6 counts
/// as IPv4). Addresses that cannot be read, such as that of a local socket, must be equal.
[[nodiscard]] bool same_network(std::string_view a, std::string_view b);

/// Whether a claim with the metadata may have the session of the owner, by the rule.
[[nodiscard]] bool may_claim(ownership_rule const& rule, session_meta const& owner, session_meta const& claimant);

} // namespace sluice
