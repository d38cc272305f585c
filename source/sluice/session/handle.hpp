#pragma once

#include <sluice/export.hpp>
#include <sluice/session/session_id.hpp>

#include <boost/uuid/uuid.hpp>

#include <string>

namespace sluice {

/// Names sessions where their ids must not stand, because who knows an id may claim the session: in logs and lists.
///
/// A session's handle is 12 hexadecimal digits of a digest of its id under a key. It is the same everywhere, so that
/// one search finds all that is said of a session, and tells nothing of the id. Safe from any thread.
class SLUICE_EXPORT handle_key {
public:
    /// Draws a key: the handles of another one are others.
    handle_key();

    /// The session's handle: 12 lower-case hexadecimal digits.
    [[nodiscard]] std::string handle_of(session_id id) const;

private:
    boost::uuids::uuid key_;
};

} // namespace sluice
