#pragma once

#include <sluice/export.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/http/problem.hpp>

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
    /// Whether a proxy in front says that the client came by HTTPS (`X-Forwarded-Proto`): the cookie is then `Secure`.
    bool secure = false;
    /// Further header lines of the answer, each ended by CR LF.
    std::string extra_fields;
};

/// What `parse_subscribe` needs to know beside the request.
struct subscribe_context {
    /// The peer's address without its port; empty for a local socket.
    std::string_view remote_address;
    /// The authenticated subject, if there is one.
    std::string_view subject;
    /// The names of request headers to keep in the session's metadata.
    std::span<std::string const> kept_headers;
};

/// Reads the session claim (query `session`, header `X-SSE-Session-ID`, cookie; the explicit beats the ambient), the
/// last event id (header `Last-Event-ID`, query `lastEventID`, `lastEventId`, `last-event-id`), the filter (query
/// `types`, a list, repeatable) and the metadata of a request for a stream. Problems: 400, and 406 when `Accept`
/// excludes `text/event-stream`.
[[nodiscard]] SLUICE_EXPORT expected<subscribe_request>
parse_subscribe(boost::beast::http::request_header<> const& request, subscribe_context const& context);

} // namespace sluice
