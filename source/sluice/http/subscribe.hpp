#pragma once

#include <sluice/export.hpp>
#include <sluice/fan_out/connect_request.hpp>
#include <sluice/http/problem.hpp>
#include <sluice/http/response_fields.hpp>
#include <sluice/session/grant.hpp>
#include <sluice/topic_patterns.hpp>

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// A parsed request for a stream.
struct subscribe_request {
    /// What the broker needs to know.
    connect_request connect;
    /// Whether the response has a chunked body. An HTTP/1.0 body lasts until the connection closes.
    bool http_1_1 = true;
    /// Whether `Accept` names `text/event-stream`, as an `EventSource` does. A refusal for a passing reason is then a
    /// stream (`make_refusal`).
    bool names_event_stream = false;
    /// Whether the client uses TLS, as a proxy in front says (`X-Forwarded-Proto`); the cookie is then `Secure`. For a
    /// TLS stream this is detected.
    bool secure = false;
    /// Further header fields of the stream's response.
    response_fields fields{};
    /// The name of a further field, which says where the stream begins: its value is the request's last id if that is
    /// known and nothing behind it is missing, else `earliest`. Empty: there is none.
    std::string cursor_field{};
};

/// What `parse_subscribe` needs besides the request.
struct subscribe_context {
    /// The peer's address without its port; empty for a local socket.
    std::string_view remote_address{};
    /// The body of the request, if it is a form: more of what the query may have, for lists that are too long for an
    /// address (`POST` and `QUERY`).
    std::string_view form{};
    /// What the client is granted.
    sluice::grant grant = sluice::grant::of_everything();
    /// The names of request headers to keep in the session's metadata.
    std::span<std::string const> kept_headers{};
    /// The name of the cookie that is an ambient claim; empty if none is.
    std::string_view cookie_name = "sse-session-id";
    /// What patterns of topics are; null: a request that names one is refused.
    topic_patterns const* patterns = nullptr;
};

/// Reads a request for a stream:
/// - the claim: query `session`, header `X-SSE-Session-ID`, or cookie. An explicit one wins over the cookie, and what
///   is not a session's id counts as absent;
/// - the last event id: header `Last-Event-ID`, or query `lastEventID`, `lastEventId`, `last-event-id`, `last_event_id`
///   or `evs_last_event_id`. No value is refused;
/// - where the replay begins without one: query `since`, for which the last event id `earliest` stands, too;
/// - the interest: query `types`, a list, repeatable, at most 1,000 types; query `topic`, repeatable, where `*` stands
///   for every topic, and `topic_pattern`, repeatable: together at most 1,000 of at most 4,096 bytes;
/// - the metadata.
///
/// Problems: 400, and 406 if `Accept` excludes `text/event-stream`.
[[nodiscard]] SLUICE_EXPORT expected<subscribe_request>
parse_subscribe(boost::beast::http::request_header<> const& request, subscribe_context const& context);

/// Whether the request's `Accept` names `text/event-stream`, as an `EventSource` does.
[[nodiscard]] SLUICE_EXPORT bool names_event_stream(boost::beast::http::request_header<> const& request);

} // namespace sluice
