#pragma once

#include <sluice/session/session_meta.hpp>

#include <cstdint>
#include <string>

namespace sluice {

/// Where a claim comes from, which decides what it may do.
enum class claim_kind : std::uint8_t {
    /// It is in the request's address or in a header of its own, so the client means this session. It takes over a
    /// standing connection, and if the session is unknown, one begins under this id.
    explicitly,
    /// It is in a cookie, which all tabs of a browser share. It resumes only a session without a connection, for which
    /// the same types are requested and whose ownership check passes. In every other case a new session begins.
    ambient,
};

/// What a stream says besides its events, and with it how far it is trusted with a loss.
enum class stream_manners : std::uint8_t {
    /// sluice's own: control events say where the stream stands, what was lost, and how it ends.
    control_events,
    /// Events alone, as the Mercure protocol has it: keep-alive is a comment, and the end is silent. The session lasts
    /// as long as its connection, because no client knows its id. Its last id does what a session would: all that the
    /// log holds after it is replayed, and nothing after one that is unknown, because the stream could not say that
    /// events in between are missing.
    events_alone,
};

/// What a connection requests.
struct connect_request {
    /// The session to continue, as the client wrote it. If it is empty or not a session's id, a new session begins.
    std::string claim{};
    /// The kind of claim.
    claim_kind kind = claim_kind::explicitly;
    /// The last id that the client has seen; empty if none.
    std::string last_event_id{};
    /// From where on the client is replayed what the log holds, all of it, where it names no last id: `earliest`, an
    /// id, behind which it begins, or a time in RFC 3339, with which it begins. An id that is unknown counts as
    /// `earliest`. Where topics or patterns are named, events without a topic are left out of that replay. Empty: it is
    /// not asked for.
    std::string since{};
    /// What the stream says.
    stream_manners manners = stream_manners::control_events;
    /// What is known of the client. It becomes the session's metadata; the ownership check compares it with the
    /// owner's.
    session_meta meta{};
};

} // namespace sluice
