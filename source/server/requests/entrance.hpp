#pragma once

#include "router.hpp"

namespace sluice::server {

/// What a listener leads to.
struct entrance {
    server::router router;
    /// Publishing and control need no token here, for only this machine comes this way.
    bool trusts = false;
};

} // namespace sluice::server
