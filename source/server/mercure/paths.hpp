#pragma once

namespace sluice::server::mercure {

/// Where the hub is, by either dialect of the protocol.
inline constexpr auto hub_path = "/.well-known/mercure";

/// Where the document is that describes the hub's tokens (RFC 9728, section 3.1).
inline constexpr auto metadata_path = "/.well-known/oauth-protected-resource/.well-known/mercure";

} // namespace sluice::server::mercure
