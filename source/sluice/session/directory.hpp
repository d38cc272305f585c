#pragma once

#include <sluice/error.hpp>
#include <sluice/fan_out/reports.hpp>
#include <sluice/fan_out/shared_state.hpp>
#include <sluice/instant.hpp>
#include <sluice/session/session_manager.hpp>
#include <sluice/stats.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice {

/// Looks up and changes a shard's sessions by their ids, for the broker's operations. Confined to the shard's thread.
class directory {
public:
    directory(shared_state const& shared, session_manager& sessions, reports& r) noexcept
        : shared_{shared}, sessions_{sessions}, reports_{r}
    {
    }

    /// Makes a session that collects from now on, under the id if one is given. A minted one has no owner yet. Error:
    /// `too_many_sessions`, which is also reported.
    [[nodiscard]] result<session_ptr> begin(instant now, bool minted, std::optional<session_id> id = {});
    /// Those of the sessions that live here.
    [[nodiscard]] std::vector<session_id> known_among(std::span<session_id const> ids);
    /// The sessions of these subjects that live here, those of each by itself.
    [[nodiscard]] std::vector<std::vector<session_id>> sessions_of(std::span<std::string const> subjects) const;
    /// Ends the session's connection. Returns whether it had one; nothing if the session is unknown.
    [[nodiscard]] std::optional<bool> disconnect(session_id id);
    /// Ends the session and its connection. Returns whether the session was known.
    [[nodiscard]] bool remove(session_id id);
    struct removed_sessions {
        std::size_t count = 0;
        /// Those that another shard has a copy of, or had: they are to be removed where they live in the end.
        std::vector<session_id> leaving{};
    };
    /// Removes all sessions of the subject that live here and are not about to move.
    [[nodiscard]] removed_sessions remove_all(std::string const& subject);
    [[nodiscard]] std::vector<session_info> list(session_query const& wanted);
    /// One session; nothing if it is unknown.
    [[nodiscard]] std::optional<session_info> find(session_id id);
    /// The ids of all sessions, in no order.
    [[nodiscard]] std::vector<session_id> ids() const { return sessions_.ids(); }
    /// Removes the expired sessions, and returns how many there were.
    std::size_t expire() { return sessions_.expire(instant::now()); }

private:
    [[nodiscard]] session_info describe(session const& s) const;

    shared_state const& shared_;
    session_manager& sessions_;
    reports& reports_;
};

} // namespace sluice
