#pragma once

#include <sluice/config.hpp>
#include <sluice/export.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/http/problem.hpp>
#include <sluice/http/reply.hpp>

#include <string>

namespace sluice {

/// The answer to a refused request for a stream.
///
/// A native `EventSource` gives up for good at any status but 200. So if the reason is a passing one
/// (`too_many_connections`, `too_many_sessions`, `stopped`) and the request's `Accept` names `text/event-stream`, the
/// answer is a stream with one block, `server-busy` or `shutdown`, which says when to come back; where streams have
/// events alone, with its `retry` line alone. Otherwise the answer is the problem, with `Retry-After` if the status is
/// 429 or 503.
[[nodiscard]] SLUICE_EXPORT reply make_refusal(problem const& p, bool names_event_stream, stream_config const& config,
                                               stream_manners manners = stream_manners::control_events);

/// The answer as a complete HTTP/1.1 response, after which the connection closes.
[[nodiscard]] SLUICE_EXPORT std::string make_last_response(reply const& r);

} // namespace sluice
