#pragma once

#include <sluice/export.hpp>

#include <string_view>

namespace sluice {

/// Whether the `Accept` field allows `text/event-stream` (RFC 9110, section 12.5.1). The most specific range that
/// covers the type decides, and a weight of 0 excludes it. An empty field allows everything.
[[nodiscard]] SLUICE_EXPORT bool accepts_event_stream(std::string_view accept);

/// Whether the `Accept` field names `text/event-stream` itself, with a weight above 0, as browsers' `EventSource` does.
[[nodiscard]] SLUICE_EXPORT bool names_event_stream(std::string_view accept);

} // namespace sluice
