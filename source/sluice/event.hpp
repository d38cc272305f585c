#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What a publisher says, and what a subscriber gets.
struct event {
    /// The publisher's own id; empty: the log gives `<hi>-<lo>`. As received: never empty.
    std::string id;
    /// Empty and "message" mean the same: the type that a browser's `onmessage` handles.
    std::string type;
    /// UTF-8. CR LF, CR and LF each end a line and arrive as LF (WHATWG HTML, "Parsing an event stream").
    std::string data;
    /// When the event was published; set by the broker.
    std::chrono::system_clock::time_point timestamp{};
    /// Whether the event came by replay.
    bool replayed = false;
};

/// An event and whom it is for.
struct message {
    /// What is published; its `timestamp` and `replayed` are not looked at.
    sluice::event event;
    /// The ids of the sessions to send to; empty: every session.
    std::vector<std::string> targets;
};

/// The type of an event that names none.
inline constexpr std::string_view default_event_type = "message";

/// The most bytes that a type or a publisher's own id may have.
inline constexpr std::size_t max_name_bytes = 256;

/// Whether the type is the name of an event by which sluice itself speaks on a stream.
[[nodiscard]] SLUICE_EXPORT bool is_control_type(std::string_view type) noexcept;

/// Whether the bytes are UTF-8 (The Unicode Standard, table 3-7).
[[nodiscard]] SLUICE_EXPORT bool is_utf8(std::string_view text) noexcept;

/// Whether the text may be an event's type. Success, `invalid_type`, `reserved_type` or `invalid_utf8`.
[[nodiscard]] SLUICE_EXPORT error_code validate_type(std::string_view type) noexcept;

/// Whether the text may be a publisher's own id. Success, `invalid_id`, `reserved_id` or `invalid_utf8`.
[[nodiscard]] SLUICE_EXPORT error_code validate_id(std::string_view id) noexcept;

/// Whether the event may be published: its type, its id, and at most `max_data_bytes` of UTF-8 data. No payload
/// that passes can forge a field, an event or a stream's end. Errors: those above and `event_too_large`.
[[nodiscard]] SLUICE_EXPORT error_code validate(event const& e, std::size_t max_data_bytes) noexcept;

} // namespace sluice
