#include <sluice/http/refusal.hpp>

#include <sluice/event/control_events.hpp>
#include <sluice/http/retry_after.hpp>

#include <fmt/format.h>

#include <optional>
#include <string_view>

namespace sluice {
namespace {

/// The reason that the block gives; empty for a drain. Nothing if the reason for the refusal does not pass.
[[nodiscard]] std::optional<std::string_view> passing_reason(error_code cause)
{
    if (cause == errc::stopped) {
        return "";
    }
    if (cause == errc::too_many_connections) {
        return "max_connections";
    }
    if (cause == errc::too_many_sessions) {
        return "max_sessions";
    }
    return cause == errc::no_memory ? std::optional<std::string_view>{"memory"} : std::nullopt;
}

/// The block of a stream that is refused for the reason.
[[nodiscard]] std::string block_for(std::string_view reason, stream_config const& config, stream_manners manners)
{
    auto const retry = draw_retry(config);
    if (manners == stream_manners::events_alone) {
        return make_retry(retry);
    }
    return reason.empty() ? make_shutdown(retry) : make_server_busy(reason, retry);
}

} // namespace

reply make_refusal(problem const& p, bool names_event_stream, stream_config const& config, stream_manners manners)
{
    if (auto const reason = passing_reason(p.cause); names_event_stream && reason) {
        return {.status = 200, .content_type = "text/event-stream", .body = block_for(*reason, config, manners)};
    }
    return error_reply(p, config);
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
