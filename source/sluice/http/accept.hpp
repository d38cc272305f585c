#pragma once

#include <sluice/export.hpp>

#include <string_view>

namespace sluice {

/// Whether a client with the `Accept` field takes `text/event-stream` (RFC 9110, section 12.5.1): the most specific
/// range that covers it decides, and a weight of 0 excludes. An empty field excludes nothing.
[[nodiscard]] SLUICE_EXPORT bool accepts_event_stream(std::string_view accept);

/// Whether it names `text/event-stream` itself, and with a weight above 0.
[[nodiscard]] SLUICE_EXPORT bool names_event_stream(std::string_view accept);

} // namespace sluice
