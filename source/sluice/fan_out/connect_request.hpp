#pragma once

#include <sluice/session/session_meta.hpp>

#include <string>

namespace sluice {

/// What a connection asks for.
struct connect_request {
    /// The session to go on with, as the client wrote it; empty: a new one.
    std::string claim;
    /// The last id that the client has; empty: none.
    std::string last_event_id;
    /// Who asks. It becomes the session's; the ownership check compares it with the owner's.
    session_meta meta;
};

} // namespace sluice
