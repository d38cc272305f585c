#pragma once

#include <string>

namespace sluice {

/// An event as a browser's `EventSource` would give it to a handler (WHATWG HTML, 9.2.6).
struct received_event {
    /// `message` where the stream names none.
    std::string type;
    /// UTF-8; its lines joined by LF.
    std::string data;
    /// The last id that the stream named, in this event or before it: from here a later client can go on.
    std::string last_event_id;
    /// Of the URL that the stream came from, after redirections: `https://example.org`.
    std::string origin;

    /// Whether all four are equal.
    friend bool operator==(received_event const&, received_event const&) = default;
};

} // namespace sluice
