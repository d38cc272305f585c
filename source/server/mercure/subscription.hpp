#pragma once

#include <sluice/http/subscribe.hpp>

#include <boost/beast/http/message.hpp>

namespace sluice::server::mercure {

/// Reads a request for a stream by either dialect of Mercure. The selectors say which dialect it is:
/// - 0.x: `topic`, a topic or a URI template (RFC 6570), or `*`;
/// - 1.0: `match` or `match_exact`, a topic, and `match_urlpattern`, a URL Pattern, or `*`.
///
/// Together at most 1,000 of at most 4,096 bytes. The last event id is in the header `Last-Event-ID` or else in the
/// query: `lastEventID`, `Last-Event-ID`, and by 1.0 `last_event_id`; the response has a field that says what became of
/// it. Other parameters are ignored.
///
/// Problems: 400 for no selector, for those of both dialects, or for one that is not what it should be, and 406 if
/// `Accept` excludes `text/event-stream`.
[[nodiscard]] expected<subscribe_request> parse_subscription(boost::beast::http::request_header<> const& request,
                                                             subscribe_context const& context);

} // namespace sluice::server::mercure
