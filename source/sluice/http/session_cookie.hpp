#pragma once

#include <sluice/export.hpp>
#include <sluice/session/session_id.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// Which requests of other sites bring a cookie (RFC 6265bis, section 5.2).
enum class same_site : std::uint8_t {
    strict, ///< none
    lax,    ///< navigations alone
    none,   ///< all: the cookie is then always `Secure`, as browsers demand
};

/// The cookie by which a browser comes back to its session (RFC 6265, section 4.1). Several brokers behind one origin
/// need cookies of different names or paths.
struct cookie_options {
    /// Whether a cookie is set and read at all.
    bool enabled = true;
    /// A token (RFC 9110, section 5.6.2). One that begins with `__Host-` or `__Secure-` makes the cookie `Secure`; no
    /// other host can plant one that begins with `__Host-`, which needs the path `/`.
    std::string name = "sse-session-id";
    /// Begins with `/`.
    std::string path = "/";
    /// `SameSite`.
    sluice::same_site same_site = sluice::same_site::strict;
};

/// What is wrong with the options, in a few words; nothing when they are right.
[[nodiscard]] SLUICE_EXPORT std::optional<std::string> fault_of(cookie_options const& cookie);

/// The value of a `Set-Cookie` field for the session. `secure`: the client came by TLS.
[[nodiscard]] SLUICE_EXPORT std::string make_cookie(cookie_options const& cookie, session_id session, bool secure);

} // namespace sluice
