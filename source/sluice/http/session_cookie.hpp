#pragma once

#include <sluice/export.hpp>
#include <sluice/session/session_id.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// Which requests from other sites carry a cookie (RFC 6265bis, section 5.2).
enum class same_site : std::uint8_t {
    strict, ///< none
    lax,    ///< only navigations
    none,   ///< all: the cookie is then always `Secure`, as browsers demand
};

/// The cookie that brings a browser back to its session (RFC 6265, section 4.1). Several brokers behind one origin need
/// cookies with different names or paths.
/// @code
/// sluice::handler streams{hub, {.cookie = {.name = "__Host-feed"}}}; // over TLS: no other host can plant it
/// @endcode
struct cookie_options {
    /// Whether a cookie is set and read at all.
    bool enabled = true;
    /// A token (RFC 9110, section 5.6.2). If it begins with `__Host-` or `__Secure-`, the cookie is `Secure`. No other
    /// host can plant a cookie whose name begins with `__Host-`; it needs the path `/`.
    std::string name = "sse-session-id";
    /// The cookie's path, which begins with `/`.
    std::string path = "/";
    /// The cookie's attribute `SameSite`.
    sluice::same_site same_site = sluice::same_site::strict;
};

/// What is wrong with the options, in a few words; nothing if they are right.
[[nodiscard]] SLUICE_EXPORT std::optional<std::string> fault_of(cookie_options const& cookie);

/// The value of a `Set-Cookie` field for the session. `secure` says that the client uses TLS.
[[nodiscard]] SLUICE_EXPORT std::string make_cookie(cookie_options const& cookie, session_id session, bool secure);

} // namespace sluice
