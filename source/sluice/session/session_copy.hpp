#pragma once

#include <sluice/fan_out/window.hpp>
#include <sluice/session/packed_meta.hpp>
#include <sluice/session/recent_reconnections.hpp>
#include <sluice/session/session_id.hpp>
#include <sluice/session/written_id.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

/// What a session is, in a form that another shard can make it from: without references to a shard's window. Events are
/// named by their sequences, because every shard's window holds the same ones.
struct session_copy {
    session_id id{};
    std::chrono::system_clock::time_point created{};
    std::chrono::system_clock::time_point last_seen{};
    packed_meta meta{};
    bool claimed = false;
    /// `interest::topicless_after`.
    std::uint64_t topicless_after = 0;
    /// `interest::leaves_out`.
    let_go_view leaves_out{};
    std::uint32_t reconnections = 0;
    std::unique_ptr<recent_reconnections> recent{};

    std::uint64_t at = 0;
    std::uint64_t last_written = 0;
    written_id last_written_id{};
    std::uint64_t written_after = 0;
    std::optional<std::uint64_t> unwritten_lost{};
    std::uint64_t targeted_lost_through = 0;
    /// An event that was sent to the session and is held.
    struct sent_event {
        std::uint64_t sequence;
        /// It passes the filter.
        bool wanted;
    };
    std::vector<sent_event> targeted{};

    /// How many broadcasts there were up to `at`, for a session without a filter: the same on every shard.
    std::optional<std::uint64_t> matches_before{};
    /// For a session with a filter: how many matching broadcasts after `at` had left the window, and the sequences of
    /// those among the window's oldest, up to the sequence `oldest_through`, because they may have left the other
    /// shard's.
    std::optional<std::uint64_t> lost_broadcasts{};
    std::vector<std::uint64_t> oldest_held{};
    std::uint64_t oldest_through = 0;
    /// Of so many of the window's oldest: as many events may be published while a session moves.
    static constexpr std::size_t most_oldest = 1024;

    /// The window's head when the copy was made.
    std::uint64_t head = 0;
};

} // namespace sluice
