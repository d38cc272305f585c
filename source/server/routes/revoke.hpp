#pragma once

#include "access/jwt/revocations.hpp"
#include "requests/router.hpp"
#include <sluice/broker.hpp>

#include <chrono>

namespace sluice::server {

/// Registers `POST /revoke`, which ends the streams of a subject or of one token, and has such tokens refused for the
/// given time. Broker and revocations outlive the router.
void add_revoke_route(router& to, broker& b, jwt::revocations& revoked, std::chrono::milliseconds ttl);

} // namespace sluice::server
