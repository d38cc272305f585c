#pragma once

#include "reference.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::model {

/// How a connection may begin, as it was known when it was made.
struct opening {
    session_handle session{};
    interest wants{};
    bool resumed = false;
    std::uint64_t reconnections = 0;
    std::string handle{};
    /// The newest event when the connection was made: what comes after it is live.
    std::uint64_t head = 0;
    /// The stream's one topic is closed: it ends behind this place; 0: it is not.
    std::uint64_t ends_behind = 0;
    /// What its replay leaves out.
    replay_view view{};

    /// @name Where it may go on
    /// @{
    bool live = false;                   ///< behind the newest event: nothing was missed
    std::vector<std::uint64_t> places{}; ///< behind the event that the client names as its last
    bool written = false;                ///< behind what was written to the session
    bool unplaced = false;               ///< the client's last id is not known, and the session is new
    bool maybe_gone = false;             ///< or it is resumed: it may be of an event that has left the log
    /// All that is held is replayed, from `places` on if there is one.
    bool since = false;
    std::uint64_t passed_surely = 0;
    std::uint64_t passed_at_most = 0;
    /// The filter by which that was written.
    interest wanted_before{};
    /// And by which it may be: the hub may know that the connection before began.
    interest wanted_then{};
    /// @}

    /// @name What it must be given
    /// @{
    std::uint64_t broadcasts_held_from = 1;
    /// The events that were sent to the session alone and that it surely holds.
    std::vector<std::uint64_t> sent_held{};
    /// @}

    /// @name What may be unknown of the loss
    /// @{
    /// The newest event that was sent to another session and surely, or maybe, not delivered.
    std::uint64_t undelivered_surely = 0;
    std::uint64_t undelivered_maybe = 0;
    /// The session counts the loss itself since its last connection ended.
    bool counted = false;
    /// Nobody was told yet of a loss that may be unknown.
    bool untold = false;
    /// @}
};

/// The number as the hub writes it.
[[nodiscard]] std::string or_null(std::optional<std::uint64_t> n);

/// How the connection did begin.
struct begun {
    std::uint64_t place = 0;
    std::uint64_t replay = 0;
    std::optional<std::uint64_t> dropped{};
    /// No event of the log's before this one counts as passed.
    std::uint64_t from = 0;
};

/// Reads the `connected` block and judges it. Throws `failure`.
[[nodiscard]] begun judge_opening(reference const& events, settings const& s, opening const& o,
                                  std::string const& connected);

/// Whether the event surely is still there for the connection's replay.
[[nodiscard]] bool surely_held(reference const& events, opening const& o, std::uint64_t place);

} // namespace sluice::model
