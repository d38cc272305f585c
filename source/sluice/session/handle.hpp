#pragma once

#include <sluice/export.hpp>
#include <sluice/session/session_id.hpp>

#include <boost/uuid/uuid.hpp>

#include <string>

namespace sluice {

/// Names sessions in logs and lists, where their ids must not appear, because whoever knows an id can claim the
/// session.
///
/// A session's handle is 12 hexadecimal digits of a keyed digest of its id. It is the same everywhere, so that one
/// search finds everything about a session, and reveals nothing about the id. Safe from any thread.
class SLUICE_EXPORT handle_key {
public:
    /// Draws a key. With another key, the same session has another handle.
    handle_key();

    /// The session's handle: 12 lower-case hexadecimal digits.
    [[nodiscard]] std::string handle_of(session_id id) const;

private:
    boost::uuids::uuid key_;
};

} // namespace sluice
