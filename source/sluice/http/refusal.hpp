#pragma once

#include <sluice/config.hpp>
#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>
#include <sluice/http/reply.hpp>

#include <string>

namespace sluice {

/// The answer to a request for a stream that is refused with the problem.
///
/// A native `EventSource` gives up for good at any status but 200. So where the reason passes (`too_many_connections`,
/// `too_many_sessions`, `stopped`) and the request's `Accept` names `text/event-stream`, the answer is a stream of one
/// block, `server-busy` or `shutdown`, that says when to come back. Every other one is the problem, with `Retry-After`
/// on 429 and 503.
[[nodiscard]] SLUICE_EXPORT reply make_refusal(problem const& p, bool names_event_stream, stream_config const& config);

/// The answer as the bytes of a whole HTTP/1.1 response, after which the connection closes.
[[nodiscard]] SLUICE_EXPORT std::string make_last_response(reply const& r);

} // namespace sluice
