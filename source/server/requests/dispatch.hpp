#pragma once

#include "entrance.hpp"
#include "options/settings.hpp"
#include "request_reader.hpp"
#include <sluice/http/reply.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

/// What a request comes to by its head alone.
struct destination {
    /// The answer that it has already, whatever its body: a refusal, or that to `OPTIONS`. Else there is a route.
    std::optional<reply> answer;
    server::route const* route = nullptr;
    /// The route's path as it was registered, for logs and counts; empty: there is none.
    std::string_view path;
    /// What the path has in place of the last `{}`.
    std::string parameter;
    /// Who sends it; empty: nobody asked.
    std::string subject;
};

/// Judges a request by its head, in this order: it names its host (400), its path exists (404), `OPTIONS` is answered
/// (a browser asks by it whether it may send a token), it has the token that the route needs (401), it asks for this
/// server where no token guards that (403), no foreign page sends it to a publishing route (403), its method exists
/// (405). The entrance outlives the destination.
[[nodiscard]] destination dispatch(http_request const& head, entrance const& by, settings const& in_force);

} // namespace sluice::server
