#pragma once

#include <sluice/export.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// The place of an event in the one order of all events, written `<hi>-<lo>`: two unsigned 64-bit decimals.
///
/// `hi` names the log (the time at which it began, in milliseconds since the epoch), `lo` counts the events in it
/// from 1. Ids compare numerically, `hi` first. `lo` 0 is the place before the first event.
struct event_id {
    /// The log: when it began, in milliseconds since the epoch.
    std::uint64_t hi = 0;
    /// The event's place in it, from 1.
    std::uint64_t lo = 0;

    /// By number, `hi` first: the order in which the events were published.
    friend auto operator<=>(event_id const&, event_id const&) = default;
};

/// The most characters that an `event_id` takes when written.
inline constexpr std::size_t max_event_id_size = 20 + 1 + 20;

/// Reserved: as a last event id it stands for the place before everything that the log holds. No publisher may use it
/// as an event's own id.
inline constexpr std::string_view earliest_event_id = "earliest";

/// Reads `<hi>-<lo>`; returns nothing if the text has another form or a number does not fit.
[[nodiscard]] SLUICE_EXPORT std::optional<event_id> parse_event_id(std::string_view text) noexcept;

/// Whether the text is digits, a hyphen and digits, however large the numbers are: publishers' own ids may not have
/// this form.
[[nodiscard]] SLUICE_EXPORT bool has_event_id_form(std::string_view text) noexcept;

/// Writes `<hi>-<lo>`, without leading zeros.
[[nodiscard]] SLUICE_EXPORT std::string to_string(event_id id);

/// Writes the id to `out`, which has room for `max_event_id_size` characters, and returns the end.
SLUICE_EXPORT char* write_event_id(char* out, event_id id) noexcept;

} // namespace sluice
