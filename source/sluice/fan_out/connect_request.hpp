#pragma once

#include <sluice/session/session_meta.hpp>

#include <cstdint>
#include <string>

namespace sluice {

/// Where a claim stands, and so what it may do.
enum class claim_kind : std::uint8_t {
    /// In the request's address or in a header of its own: the client means this session. It takes over a connection
    /// that
    /// stands, and a session that is unknown begins under this id.
    explicitly,
    /// In a cookie, which all tabs of a browser share: it resumes only a session that has no connection, for which the
    /// same
    /// types are asked and whose ownership check passes. In every other case a new session begins.
    ambient,
};

/// What a connection asks for.
struct connect_request {
    /// The session to go on with, as the client wrote it; empty, and what is no session's id: a new one.
    std::string claim{};
    /// What kind of claim that is.
    claim_kind kind = claim_kind::explicitly;
    /// The last id that the client has; empty: none.
    std::string last_event_id{};
    /// Who asks. It becomes the session's; the ownership check compares it with the owner's.
    session_meta meta{};
};

} // namespace sluice
