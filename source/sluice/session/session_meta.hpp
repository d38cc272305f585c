#pragma once

#include <sluice/export.hpp>
#include <sluice/session/grant.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// What is known of a session's client: from the request by which it came, and from the application.
struct session_meta {
    /// The `User-Agent` header; empty: it had none.
    std::string user_agent{};
    /// The peer's address without its port; empty for a local socket.
    std::string remote_address{};
    /// The query parameter `client_version`.
    std::string client_version{};
    /// What the application granted at the newest claim; everything, where it was not asked.
    sluice::grant grant = sluice::grant::of_everything();
    /// The event types that the client asks for; empty: all that it may have (`grant::may_subscribe`).
    std::vector<std::string> subscriptions{};
    /// Request headers that the handler was told to keep, names as it was told.
    std::vector<std::pair<std::string, std::string>> headers{};
    /// Query parameters that sluice itself gives no meaning to.
    std::vector<std::pair<std::string, std::string>> query_parameters{};
};

/// Puts what the newer request names in place of what the older one did; what it does not name stays. The grant is
/// always the newer one's: nothing of a right is inherited.
SLUICE_EXPORT void merge(session_meta& older, session_meta newer);

/// The most bytes that a session keeps of its request: `user_agent`, `client_version`, `headers` and
/// `query_parameters`.
inline constexpr std::size_t max_kept_of_request = 4096;

/// The user agent as a session keeps it, by which its owner is known again.
[[nodiscard]] SLUICE_EXPORT std::string_view kept_user_agent(session_meta const& m) noexcept;

/// Cuts what a session keeps of its request to `max_kept_of_request`, in the order in which it stands above: the last
/// value that fits in part is cut, at the end of a character, and what follows is left out. Returns whether anything
/// was.
SLUICE_EXPORT bool cut_to_limit(session_meta& m);

} // namespace sluice
