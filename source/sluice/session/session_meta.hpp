#pragma once

#include <sluice/export.hpp>
#include <sluice/session/grant.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// What is known of a session's client, from its request and from the application.
struct session_meta {
    /// The `User-Agent` header; empty if there was none.
    std::string user_agent{};
    /// The peer's address without its port; empty for a local socket.
    std::string remote_address{};
    /// The query parameter `client_version`.
    std::string client_version{};
    /// What the application granted at the newest claim; everything if there is no `handler_options::authorize`.
    sluice::grant grant = sluice::grant::of_everything();
    /// The event types that the client asks for; empty means all that it may have (`grant::may_subscribe`).
    std::vector<std::string> subscriptions{};
    /// The topics that the client asks for; empty, or with `every_topic` among them, means events about any. Those
    /// without a topic it gets in any case.
    std::vector<std::string> topics{};
    /// The patterns of topics that the client asks for (`broker_config::patterns`), beside the topics. They are one
    /// interest: a request that names either replaces both.
    std::vector<std::string> topic_patterns{};
    /// The request headers that `handler_options::kept_headers` names, with the names as given there.
    std::vector<std::pair<std::string, std::string>> headers{};
    /// The query parameters that have no meaning to sluice itself.
    std::vector<std::pair<std::string, std::string>> query_parameters{};
};

/// Replaces what the newer request names; what it does not name stays. The grant is always the newer one, because no
/// right is inherited.
SLUICE_EXPORT void merge(session_meta& older, session_meta newer);

/// The most bytes that a session keeps of its request: `user_agent`, `client_version`, `headers` and
/// `query_parameters`.
inline constexpr std::size_t max_kept_of_request = 4096;

/// The user agent as a session keeps it, for recognizing its owner.
[[nodiscard]] SLUICE_EXPORT std::string_view kept_user_agent(session_meta const& m) noexcept;

/// Cuts what a session keeps of its request to `max_kept_of_request`, in the order given there. The first value that
/// does not fit is cut at the end of a character, and what follows it is left out. Returns whether anything was cut or
/// left out.
SLUICE_EXPORT bool cut_to_limit(session_meta& m);

} // namespace sluice
