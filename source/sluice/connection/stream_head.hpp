#pragma once

#include <sluice/export.hpp>
#include <sluice/session_id.hpp>

#include <string>
#include <string_view>

namespace sluice {

/// What the head of a stream's response depends on.
struct stream_head {
    session_id session;
    /// HTTP/1.1 gets a chunked body, HTTP/1.0 one that ends with the connection.
    bool http_1_1 = true;
    /// Whether the client gets a cookie that brings it back to its session.
    bool cookie = true;
    /// Whether the client reached the first server by HTTPS, so that the cookie is to stay there.
    bool secure = false;
    /// Further header lines, each ended by CR LF.
    std::string extra_fields;
};

/// The headers that every answer about a stream has, each ended by CR LF: also that to `HEAD`.
inline constexpr std::string_view stream_fields = "Content-Type: text/event-stream\r\n"
                                                  "Cache-Control: no-cache, no-transform\r\n"
                                                  "X-Accel-Buffering: no\r\n";

/// The cookie that carries the session's id (RFC 6265, section 4.1).
inline constexpr std::string_view session_cookie = "sse-session-id";

/// The status line and header section of a stream's response (RFC 9112, section 2.1).
[[nodiscard]] SLUICE_EXPORT std::string make_stream_head(stream_head const& head);

/// The current time as `Date` has it (RFC 9110, section 5.6.7).
[[nodiscard]] SLUICE_EXPORT std::string http_date();

} // namespace sluice
