#pragma once

#include <sluice/export.hpp>
#include <sluice/http/response_fields.hpp>
#include <sluice/session/session_id.hpp>

#include <string>
#include <string_view>

namespace sluice {

/// The parameters of the head of a stream's response.
struct stream_head {
    session_id session;
    /// Whether the client is told the session's id, by which it could claim it.
    bool tells_session = true;
    /// Whether the client speaks HTTP/1.1 and gets a chunked body; an HTTP/1.0 body ends with the connection.
    bool http_1_1 = true;
    /// The cookie that brings the client back to its session (`make_cookie`); empty if it gets none.
    std::string cookie{};
    /// Further header fields.
    response_fields fields{};
};

/// The headers of every answer about a stream, including that to `HEAD`, each ended by CR LF.
inline constexpr std::string_view stream_fields = "Content-Type: text/event-stream\r\n"
                                                  "Cache-Control: no-cache, no-transform\r\n"
                                                  "X-Accel-Buffering: no\r\n";

/// The status line and header section of a stream's response (RFC 9112, section 2.1).
[[nodiscard]] SLUICE_EXPORT std::string make_stream_head(stream_head const& head);

/// The current time in the format of `Date` (RFC 9110, section 5.6.7).
[[nodiscard]] SLUICE_EXPORT std::string http_date();

} // namespace sluice
