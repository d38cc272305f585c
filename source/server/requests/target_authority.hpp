#pragma once

#include "request_reader.hpp"
#include <sluice/http/problem.hpp>

#include <optional>

namespace sluice::server {

/// Takes the authority of a request target in absolute form (`http://host:port/path`) for the request's `Host`, in
/// place of the one that was sent: every rule about hosts and origins then goes by it (RFC 9112, section 3.2.2). A
/// request that must have had a `Host` and has none, or several, is left as it is. Problem: 400, such a target has
/// another scheme than `http` and `https`, or no host, or names a user.
[[nodiscard]] std::optional<problem> take_target_authority(http_request& request);

} // namespace sluice::server
