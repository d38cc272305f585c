#pragma once

#include <string>

namespace sluice {

/// An event as a browser's `EventSource` would pass it to a listener (WHATWG HTML, 9.2.6).
struct received_event {
    /// `message` if the stream names no type.
    std::string type;
    /// UTF-8, lines joined by LF.
    std::string data;
    /// The last id that the stream named, in this event or before it. A later client can continue from here
    /// (`event_source_options::last_event_id`).
    std::string last_event_id;
    /// The origin of the URL that the stream came from, after redirections: `https://example.org`.
    std::string origin;

    /// Whether all four are equal.
    friend bool operator==(received_event const&, received_event const&) = default;
};

} // namespace sluice
