#pragma once

#include <sluice/handler.hpp>

namespace sluice::server {

/// The route of a broker's stream. The broker runs on the workers' executors.
struct stream_route {
    explicit stream_route(broker& b, cookie_options const& cookie = {})
        : source{b}, handler{b, {.kept_headers = {}, .authorize = {}, .cookie = cookie}}
    {
    }

    broker& source;
    sluice::handler handler;
};

} // namespace sluice::server
