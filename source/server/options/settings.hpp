#pragma once

#include "access/access.hpp"
#include "access/host.hpp"
#include "access/trusted_proxies.hpp"
#include "options.hpp"
#include <sluice/http/cors.hpp>

#include <memory>

namespace sluice::server {

/// What the server may be told anew while it runs. Each worker has the one in force; a request is judged by the one
/// that was in force when it came.
struct settings {
    explicit settings(options const& o)
        : access{o.publish_token, o.subscribe_token},
          cors{o.cors_origins},
          hosts{o.allowed_hosts},
          proxies{o.trusted_proxies},
          body_memory{o.body_memory}
    {
    }

    access_policy access;
    cors_policy cors;
    host_policy hosts;
    trusted_proxies proxies;
    /// The most memory that the bodies of all requests may take together.
    std::size_t body_memory;
};

using shared_settings = std::shared_ptr<settings const>;

} // namespace sluice::server
