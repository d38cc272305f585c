#pragma once

#include <sluice/export.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/http/problem.hpp>
#include <sluice/http/response_fields.hpp>
#include <sluice/session/grant.hpp>

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// A request for a stream, understood.
struct subscribe_request {
    /// What the broker is asked for.
    connect_request connect;
    /// Whether the response has a chunked body; to HTTP/1.0 it lasts until the connection closes.
    bool http_1_1 = true;
    /// Whether `Accept` names `text/event-stream`, as an `EventSource` does: for it a refusal that passes is a stream
    /// (`make_refusal`).
    bool names_event_stream = false;
    /// Whether the client came by TLS, as a proxy in front says (`X-Forwarded-Proto`): the cookie is then `Secure`.
    /// Over a TLS stream it is so by itself.
    bool secure = false;
    /// Further header fields of the stream's response.
    response_fields fields{};
};

/// What `parse_subscribe` needs to know beside the request.
struct subscribe_context {
    /// The peer's address without its port; empty for a local socket.
    std::string_view remote_address{};
    /// What the client is granted.
    sluice::grant grant = sluice::grant::of_everything();
    /// The names of request headers to keep in the session's metadata.
    std::span<std::string const> kept_headers{};
    /// The name of the cookie that is an ambient claim; empty: none is.
    std::string_view cookie_name = "sse-session-id";
};

/// Reads the session claim (query `session`, header `X-SSE-Session-ID`, cookie; the explicit beats the ambient, and
/// what is no session's id counts as absent), the last event id (header `Last-Event-ID`, query `lastEventID`,
/// `lastEventId`, `last-event-id`, `last_event_id`, `evs_last_event_id`; whatever it is), the filter (query `types`, a
/// list, repeatable, at most 1,000) and the metadata of a request for a stream. Problems: 400, and 406 when `Accept`
/// excludes `text/event-stream`.
[[nodiscard]] SLUICE_EXPORT expected<subscribe_request>
parse_subscribe(boost::beast::http::request_header<> const& request, subscribe_context const& context);

/// Whether the request's `Accept` names `text/event-stream`, as an `EventSource` does.
[[nodiscard]] SLUICE_EXPORT bool names_event_stream(boost::beast::http::request_header<> const& request);

} // namespace sluice
