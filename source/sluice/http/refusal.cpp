#include <sluice/http/refusal.hpp>

#include <sluice/event/control_events.hpp>
#include <sluice/http/retry_after.hpp>

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace sluice {
namespace {

/// The block of a stream that is refused for a passing reason; empty for other reasons.
[[nodiscard]] std::string block_for(error_code cause, stream_config const& config)
{
    if (cause == errc::stopped) {
        return make_shutdown(draw_retry(config));
    }
    if (cause == errc::too_many_connections) {
        return make_server_busy("max_connections", draw_retry(config));
    }
    if (cause == errc::too_many_sessions) {
        return make_server_busy("max_sessions", draw_retry(config));
    }
    if (cause == errc::no_memory) {
        return make_server_busy("memory", draw_retry(config));
    }
    return {};
}

} // namespace

reply make_refusal(problem const& p, bool names_event_stream, stream_config const& config)
{
    if (auto block = names_event_stream ? block_for(p.cause, config) : std::string{}; !block.empty()) {
        return {.status = 200, .content_type = "text/event-stream", .body = std::move(block)};
    }
    return with_retry_after(problem_reply(p), config);
}

std::string make_last_response(reply const& r)
{
    if (r.status == 204) { // has neither a body nor a Content-Length (RFC 9110, section 8.6)
        return fmt::format("HTTP/1.1 204 {}\r\nCache-Control: no-store\r\n{}Connection: close\r\n\r\n",
                           reason_phrase(r.status), r.fields.text());
    }
    return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
                       "Cache-Control: no-store\r\n{}Connection: close\r\n\r\n{}",
                       r.status, reason_phrase(r.status), r.content_type, r.body.size(), r.fields.text(), r.body);
}

} // namespace sluice
