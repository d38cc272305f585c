#pragma once

#include "requests/body_memory.hpp"
#include "requests/dispatch.hpp"
#include "requests/request_reader.hpp"
#include "worker.hpp"
#include <sluice/http/reply.hpp>

namespace sluice::server {

/// Calls a route that is no stream, on the worker, or on the side thread if it is so much work that other clients would
/// wait for it. What the route does later is refused if the body's share cannot hold it until then. Everything outlives
/// the call.
[[nodiscard]] task<reply> call_route(http_request const& request, destination const& to, service& s, worker& by,
                                     body_memory::share& body);

/// What is wrong if the bodies of all requests take up `body_memory`.
inline constexpr auto no_room_detail = "the bodies of other requests take up all of body_memory";
/// The answer then.
[[nodiscard]] reply no_room_for_body(broker const& b);
/// The answer if memory is short for the work.
[[nodiscard]] reply no_memory(broker const& b);

} // namespace sluice::server
