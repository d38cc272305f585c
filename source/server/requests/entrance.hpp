#pragma once

#include "router.hpp"

namespace sluice::server {

/// What the connections of a listener may use.
struct entrance {
    server::router router;
    /// Whether publishing and control need no token, because only this machine can connect.
    bool trusts = false;
};

} // namespace sluice::server
