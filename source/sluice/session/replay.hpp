#pragma once

#include <sluice/export.hpp>
#include <sluice/session/session.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

/// How far a session has come.
struct progress {
    std::uint64_t at = 0;
    std::uint64_t written_after = 0;
    std::optional<std::uint64_t> unwritten_lost = 0;
    /// Up to where the events that were sent to the session had left the window.
    std::uint64_t targeted_lost_through = 0;
};

/// How a new connection continues.
struct replay_plan {
    /// The sequence that the client is told as its position: that of the last event it has.
    std::uint64_t told = 0;
    /// Events after this sequence are sent.
    std::uint64_t from = 0;
    /// Events up to here are replayed, those after are live.
    std::uint64_t until = 0;
    /// How many events are replayed.
    std::uint64_t replay = 0;
    /// How many matching events after the client's last one are lost; nothing if that cannot be known.
    std::optional<std::uint64_t> dropped = 0;
    /// The stream ends behind this sequence, because its one topic is closed; `no_end` if it goes on.
    std::uint64_t ends_behind = no_end;
    /// Whether the client named a last id that is known, and nothing that matches is missing behind it.
    bool follows_last_id = false;
    /// Where the session is again when the connection ends before the client was told of the plan: the loss is then
    /// told by the next one.
    progress before{};
};

/// The plan for a client whose last event was at `from`: it is replayed at most `limit` events, the newest.
[[nodiscard]] SLUICE_EXPORT replay_plan plan_from(session const& s, std::uint64_t from, std::size_t limit);

/// The plan for a client whose last event cannot be placed in the log: it is replayed what the log has, at most `limit`
/// events, and its loss is not known.
[[nodiscard]] SLUICE_EXPORT replay_plan plan_unplaced(session const& s, std::size_t limit);

/// The plan for a client whose stream has events alone (`stream_manners`): it is replayed all that the window holds
/// after the sequence of its last id, and nothing if that id is unknown.
[[nodiscard]] SLUICE_EXPORT replay_plan plan_after(session const& s, std::optional<std::uint64_t> last);

/// The plan for a client that asks for what the window holds, all of it, after the sequence of an event that is known;
/// nothing: from the oldest on. Where it names topics, events without one are left out of the replay.
[[nodiscard]] SLUICE_EXPORT replay_plan plan_since(session& s, std::optional<std::uint64_t> start);

/// The plan for a client that cannot have missed anything.
[[nodiscard]] SLUICE_EXPORT replay_plan plan_live(session const& s) noexcept;

} // namespace sluice
