#pragma once

#include <sluice/connection/handler.hpp>

namespace sluice::server {

/// Where the events of a broker stream. The broker has the workers' executors.
struct stream_route {
    explicit stream_route(broker& b) : source{b}, handler{b} {}

    broker& source;
    sluice::handler handler;
};

} // namespace sluice::server
