#pragma once

#include <boost/asio/awaitable.hpp>

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

/// The state of an event source, as `EventSource.readyState` (WHATWG HTML, 9.2.2).
enum class event_source_state : std::uint8_t {
    /// There is no stream, but there is going to be one.
    connecting,
    /// A stream is open.
    open,
    /// There is no stream and will be none: it was closed, or the server ended it, or it failed for good.
    closed,
};

/// Header fields, each with its name and value.
using event_source_headers = std::vector<std::pair<std::string, std::string>>;

/// How an event source connects, and what it tolerates. Times range from 0 to 24 days; others count as the nearer of
/// the two.
/// @code
/// sluice::event_source_options options;
/// options.headers = {{"Authorization", "Bearer " + token}};
/// options.heartbeat_deadline = std::chrono::seconds{60};
/// sluice::event_source source{context.get_executor(), url, options};
/// @endcode
struct event_source_options {
    /// Fields that go with every request, such as `{{"Authorization", "Bearer …"}}`. They replace fields of the same
    /// name that the event source sends by itself; `Last-Event-ID` is not allowed. `Authorization`, `Cookie`, `Host`,
    /// `Proxy-Authorization` and `X-SSE-Session-ID` go only to the URL's own origin, not to where a redirection leads.
    event_source_headers headers;
    /// Called at the start of each attempt, for additional fields: for example a token that is renewed. They replace
    /// those of the same name in `headers`. A field that is not well-formed ends the event source
    /// (`event_source_errc::invalid_header`). The function may close or destroy the event source. An exception has the
    /// same effect as one from `on_state`.
    std::function<event_source_headers()> headers_for_attempt;
    /// A bearer token, for `Authorization` (RFC 6750, section 2.1). A field of that name in `headers` counts instead.
    std::string token;
    /// Gets the token, in place of `token`: before the first attempt, and again when the server has refused the one in
    /// use (401), or ended the stream because of it (`token-expired`). If the server refuses a token that was just got,
    /// the event source ends (`event_source_errc::unexpected_status`). The coroutine runs on the event source's
    /// executor, and sets its own limits of time; until it has ended there is no attempt. Where it throws a
    /// `boost::system::system_error`, the attempt has failed and another one follows; any other exception has the same
    /// effect as one from `on_state`.
    std::function<boost::asio::awaitable<std::string>()> fetch_token;
    /// The topics that a sluice server is asked for, by their names, or `*`. Topics, patterns and types are added to
    /// the URL's query, so that all of them have to fit into the head of a request (16 KiB there); longer lists are for
    /// `body`. None: all.
    std::vector<std::string> topics;
    /// The patterns of topics that it is asked for.
    std::vector<std::string> topic_patterns;
    /// The types of events that it is asked for.
    std::vector<std::string> types;
    /// From where on a sluice server replays what its log holds, for as long as no event has been received:
    /// `earliest`, an event's id, or a time in RFC 3339. Empty: from nowhere.
    std::string since;
    /// If set, the request is a `POST` with this body, at each reconnection again; give its `Content-Type` in
    /// `headers`. A redirection by 307 or 308 keeps the body; after any other the request is a `GET` without it.
    std::optional<std::string> body;
    /// Where to continue: the `last_event_id` of the last event that an earlier client received. Empty: with new
    /// events.
    std::string last_event_id;
    /// How long to wait before reconnecting, until the stream sets a time itself (its `retry` field).
    std::chrono::milliseconds retry{3000};
    /// The least time to wait before reconnecting, even if `retry` or the server asks for less.
    std::chrono::milliseconds min_retry{100};
    /// The longest wait that the server can ask for, with the stream's `retry` or with `Retry-After`.
    std::chrono::milliseconds max_retry = std::chrono::hours{1};
    /// The most random time that is added to a wait, so that clients do not all come back at once. After a stream it is
    /// up to a quarter of `retry` (or up to `min_retry`, if that is more). After a failed attempt it is up to `retry`,
    /// and up to twice as much with each further failure.
    std::chrono::milliseconds max_backoff = std::chrono::seconds{30};
    /// The longest time from the start of a connection to the end of the response's head; 0: no limit.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{30};
    /// A stream that brings nothing for this long, neither event nor comment, is replaced by a new one. A good value is
    /// a little more than twice the server's heartbeat interval. 0: `learned_deadline` applies instead.
    std::chrono::milliseconds heartbeat_deadline{0};
    /// Applies if `heartbeat_deadline` is 0. A stream that has brought heartbeats and then brings nothing is replaced
    /// by a new one after this time, or after two and a half times the longest interval between its heartbeats,
    /// whichever is longer; 0: never. Events of the type `heartbeat` and repeated comments count as heartbeats. On a
    /// stream without them, TCP's keep-alive notices a dead peer.
    std::chrono::milliseconds learned_deadline = std::chrono::minutes{1};
    /// The most bytes of a line, and of an event's type, data and id together. A longer one ends the event source
    /// (`errc::event_too_large`).
    std::size_t max_event_bytes = std::size_t{16} << 20U;
    /// The most redirections that one attempt follows.
    std::size_t max_redirects = 20;
    /// If not empty: the path of a local socket to connect to, in place of the URL's host and port.
    std::string unix_socket;
    /// Needed for `https`: made by `sluice::make_tls_layer` (<sluice/event_source_tls.hpp>).
    std::shared_ptr<tls_layer const> tls;
    /// Whether 408, 425, 429 and all statuses from 500 to 599 end the event source, as the standard says. Otherwise it
    /// comes back after them, not before the time in `Retry-After`, because servers use them to shed load.
    bool strict = false;
    /// Whether a sluice server's own events (`connected`, `heartbeat` and so on) are received too. `buffer-overflow`
    /// and `no-buffer`, which tell a loss, always are.
    bool control_events = true;
    /// Called at each change of state and after each failed attempt. `why` is the reason in one line, for a log; it is
    /// empty when a stream opens. The function may close or destroy the event source. An exception ends the event
    /// source
    /// (`operation_aborted`) and propagates out of the executor's context.
    std::function<void(event_source_state, std::string_view why)> on_state;
};

} // namespace sluice
