#pragma once

#include "access/access.hpp"
#include "access/host.hpp"
#include "access/trusted_proxies.hpp"
#include "jwt_keys.hpp"
#include "options.hpp"
#include <sluice/http/cors.hpp>

#include <memory>

namespace sluice::server {

/// The settings that can change while the server runs. Each worker has the ones in force; a request is judged by those
/// that were in force when it arrived.
struct settings {
    explicit settings(options const& o)
        : access{{.publish_token = o.publish_token,
                  .subscribe_token = o.subscribe_token,
                  .has_keys = o.jwt.has_keys(),
                  .anonymous = o.anonymous}},
          trust{make_trust(o.jwt)},
          cors{o.cors_origins},
          hosts{o.allowed_hosts},
          proxies{o.trusted_proxies},
          body_memory{o.body_memory}
    {
    }

    access_policy access;
    /// Which JSON Web Tokens are good.
    std::shared_ptr<jwt::trust const> trust;
    cors_policy cors;
    host_policy hosts;
    trusted_proxies proxies;
    /// The most memory for the bodies of all requests together.
    std::size_t body_memory;
};

using shared_settings = std::shared_ptr<settings const>;

} // namespace sluice::server
