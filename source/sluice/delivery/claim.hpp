#pragma once

#include <sluice/delivery/client.hpp>
#include <sluice/error.hpp>
#include <sluice/fan_out/connect_request.hpp>

#include <memory>

namespace sluice {

class shard;

/// Gives the connection that the request asks for its session, on the session's shard: the claim is judged, a place
/// among the connections is taken, an older connection gives way, and the session is claimed or begins. Where it fails
/// nothing has changed, but that an older connection has ended.
///
/// Null, with nothing done and the request as it was, when the other shards are to catch up first: events that were
/// sent to their sessions may not be written yet. With `caught_up` that is not asked for.
[[nodiscard]] result<std::unique_ptr<client>> claim_session(shard& home, connect_request& request, bool caught_up);

/// The id of a new session on the shard that nobody owns yet.
[[nodiscard]] result<session_id> mint_session(shard& home);

} // namespace sluice
