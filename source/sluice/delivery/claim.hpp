#pragma once

#include <sluice/delivery/client.hpp>
#include <sluice/error.hpp>
#include <sluice/fan_out/connect_request.hpp>

#include <memory>

namespace sluice {

class shard;

/// Makes the connection that the request asks for, on the session's shard: judges the claim, takes a place among the
/// connections, ends an older connection, and claims or begins the session. If it fails, nothing has changed, except
/// that an older connection may have ended.
///
/// Returns null, with nothing done and the request unchanged, if the other shards have to catch up first, because
/// events that were sent to their sessions may not be written yet. With `caught_up` it does not ask for that.
[[nodiscard]] result<std::unique_ptr<client>> claim_session(shard& home, connect_request& request, bool caught_up);

/// Makes a session on the shard that has no owner yet, and returns its id.
[[nodiscard]] result<session_id> mint_session(shard& home);

} // namespace sluice
