#pragma once

#include "access.hpp"
#include "cors.hpp"
#include "options.hpp"

#include <memory>

namespace sluice::server {

/// What the server may be told anew while it runs. Each worker has the one in force; a request is judged by the one
/// that was in force when it came.
struct settings {
    explicit settings(options const& o) : access{o.publish_token, o.subscribe_token}, cors{o.cors_origins} {}

    access_policy access;
    cors_policy cors;
};

using shared_settings = std::shared_ptr<settings const>;

} // namespace sluice::server
