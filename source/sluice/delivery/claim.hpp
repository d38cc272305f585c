#pragma once

#include <sluice/delivery/client.hpp>
#include <sluice/error.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/fan_out/connection_place.hpp>
#include <sluice/fan_out/sent_seam.hpp>
#include <sluice/presence/presence_hold.hpp>
#include <sluice/session/registry.hpp>
#include <sluice/session/session_copy.hpp>
#include <sluice/session/session_id.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace sluice {

class shard;

/// What comes of judging a claim where the session lives, for the shard of the connection.
struct claim_verdict {
    /// The id under which a new session begins; nothing if the id is to be drawn.
    std::optional<session_id> new_id{};
    /// Whether the request has the cookie of a known session.
    bool brings_cookie = false;
    /// The session, if it is to be continued: it stays where it is until the connection's shard has adopted the copy.
    std::unique_ptr<session_copy> session{};
    left_behind from{};
    /// The connection's place among all connections, which is taken before an older connection gives its own back.
    connection_place place{};
    /// Keeps the session present where its older connection was.
    presence_hold present{};
};

/// A claim of a session that may live, or live next, on another shard than its home, or whose home is another than the
/// connection's shard. It has its turn, so that nothing else changes where the session lives.
struct remote_claim {
    claim_turn turn{};
    /// Empty if the session lives on the connection's shard, which is still to judge the claim.
    std::optional<claim_verdict> judged{};
};

/// Judges a claim from another shard's connection on the shard where the session lives. If the session is to be
/// continued, takes a place among the connections, ends the older connection, and copies the session. REQUIRES: the
/// claim has its turn.
[[nodiscard]] result<claim_verdict> judge_claim(shard& there, connect_request const& request);

/// How far an attempt to claim a session has come.
enum class claim_step : std::uint8_t {
    /// It has succeeded or failed.
    done,
    /// The other shards have to catch up first, because events that were sent to their sessions may not be written
    /// yet. Nothing has changed.
    catch_up,
    /// It needs its turn, because the session does not live here or another operation has its turn. Nothing has
    /// changed.
    take_turn,
};

struct claim_attempt {
    claim_step step = claim_step::done;
    result<std::unique_ptr<client>> made{errc::no_memory};
};

/// Makes the connection that the request asks for, on the connection's shard: judges the claim, takes a place among the
/// connections, ends an older connection, and claims, adopts or begins the session. If it fails, nothing has changed,
/// except that an older connection may have ended.
///
/// With `caught_up` it does not ask for the others to catch up. `remote` is null for a claim that has not taken its
/// turn, which it needs not if the session's home is this shard and it lives here.
[[nodiscard]] claim_attempt claim_session(shard& here, connect_request& request, bool caught_up, remote_claim* remote);

/// Makes a session on the shard that has no owner yet, and returns its id.
[[nodiscard]] result<session_id> mint_session(shard& home);

} // namespace sluice
