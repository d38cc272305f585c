#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

class tls_layer;

/// As `EventSource.readyState` (WHATWG HTML, 9.2.2).
enum class event_source_state : std::uint8_t {
    /// No stream: not yet, or not again.
    connecting,
    /// A stream is open.
    open,
    /// For good: it was closed, the server ended it, or it failed.
    closed,
};

/// Header fields by name and value.
using event_source_headers = std::vector<std::pair<std::string, std::string>>;

/// How an event source connects, and what it bears. A time below 0 counts as 0, one above 24 days as that.
struct event_source_options {
    /// Fields that go with every request: `{{"Authorization", "Bearer …"}}`. They take the place of those that the
    /// event source would send by itself; `Last-Event-ID` cannot be one of them. `Authorization`, `Cookie`, `Host`,
    /// `Proxy-Authorization` and `X-SSE-Session-ID` go to the URL's own origin only, not where a redirection leads
    /// elsewhere.
    event_source_headers headers;
    /// Is asked for more fields at the start of each attempt, for example for a token that is renewed now and then.
    /// They take the place of those in `headers` with the same name. Fields that are not well-formed end the event
    /// source
    /// (`event_source_errc::invalid_header`). It may close or destroy the event source; what it throws is treated as
    /// what `on_state` throws.
    std::function<event_source_headers()> headers_for_attempt;
    /// With a body the request is a `POST` that carries it, at each reconnection anew; `headers` names its
    /// `Content-Type`. A redirection by 307 or 308 takes it along, after any other the request is a `GET` without it.
    std::optional<std::string> body;
    /// Where to go on from: the `last_event_id` of the last event that an earlier client received. Empty: from now.
    std::string last_event_id;
    /// How long to wait before reconnecting, until the stream names a time itself (its `retry` field).
    std::chrono::milliseconds retry{3000};
    /// The least time to wait before reconnecting, whoever names less.
    std::chrono::milliseconds min_retry{100};
    /// The most time that the server may ask for, by the stream's `retry` or by `Retry-After`.
    std::chrono::milliseconds max_retry = std::chrono::hours{1};
    /// To each wait a random time is added, of at most this, so that clients do not all come back at once: after a
    /// stream up to a quarter of `retry` (at least up to `min_retry`), after attempts that failed up to `retry`, and
    /// twice as much with each further failure.
    std::chrono::milliseconds max_backoff = std::chrono::seconds{30};
    /// The most time from the start of a connection to the end of the response's head; 0: no limit.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{30};
    /// A stream that brings nothing for so long, neither event nor comment, is given up for a new one; 0: see
    /// `learned_deadline`. Say a little more than twice what the server's heartbeats are apart.
    std::chrono::milliseconds heartbeat_deadline{0};
    /// Without a `heartbeat_deadline`: a stream that has brought heartbeats and then nothing for so long is given up
    /// for a new one, or after two and a half times the longest silence that a heartbeat has ended, where that is
    /// longer; 0: never. Heartbeats are events of the type `heartbeat`, and comments that come again and again. Where
    /// there are none a dead peer is noticed by TCP's own keep-alive.
    std::chrono::milliseconds learned_deadline = std::chrono::minutes{1};
    /// The most bytes of a line, and of an event's type, data and id together. A stream that has more fails.
    std::size_t max_event_bytes = std::size_t{16} << 20U;
    /// The most redirections that one attempt follows.
    std::size_t max_redirects = 20;
    /// Where to connect in place of the URL's host and port: the path of a Unix socket.
    std::string unix_socket;
    /// For `https`: what `sluice::make_tls_layer` gives (<sluice/event_source_tls.hpp>).
    std::shared_ptr<tls_layer const> tls;
    /// Whether 408, 425, 429 and all from 500 to 599 end the event source, as the standard says. Else it comes back, at
    /// the earliest when `Retry-After` says so: they are how a server sheds load.
    bool strict = false;
    /// Whether sluice's own events (`connected`, `heartbeat` and their like) are received, too. Those that tell a loss,
    /// `buffer-overflow` and `no-buffer`, always are.
    bool control_events = true;
    /// Is told of each change of state and of each attempt that failed, with what led to it in one line for a log,
    /// which is empty when a stream opens. It may close or destroy the event source. What it throws ends the event
    /// source (`operation_aborted`) and comes out of the executor's context.
    std::function<void(event_source_state, std::string_view why)> on_state;
};

} // namespace sluice
