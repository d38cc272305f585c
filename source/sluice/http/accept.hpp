#pragma once

#include <string_view>

namespace sluice {

/// Whether a client with the `Accept` field takes `text/event-stream` (RFC 9110, section 12.5.1): the most specific
/// range that covers it decides, and a weight of 0 excludes. An empty field excludes nothing.
[[nodiscard]] bool accepts_event_stream(std::string_view accept);

} // namespace sluice
