#pragma once

#include <sluice/export.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// What is known of a session's client, from the request by which it came.
struct session_meta {
    /// The `User-Agent` header; empty: it had none.
    std::string user_agent;
    /// The peer's address without its port; empty for a local socket.
    std::string remote_address;
    /// The authenticated subject, as the application that owns the handler says; empty: none.
    std::string subject;
    /// The query parameter `client_version`.
    std::string client_version;
    /// The event types that the client wants; empty: all.
    std::vector<std::string> subscriptions;
    /// Request headers that the handler was told to keep, names as it was told.
    std::vector<std::pair<std::string, std::string>> headers;
    /// Query parameters that sluice itself gives no meaning to.
    std::vector<std::pair<std::string, std::string>> query_parameters;
};

/// Puts what the newer request names in place of what the older one did; what it does not name stays.
SLUICE_EXPORT void merge(session_meta& older, session_meta newer);

} // namespace sluice
