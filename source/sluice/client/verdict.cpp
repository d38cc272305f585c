#include <sluice/client/verdict.hpp>

#include <sluice/http/field_value.hpp>

namespace sluice {
namespace {

/// Whether the server, or a proxy before it, may have a stream later: the client was too slow or too early, there were
/// too many clients, or the server failed.
[[nodiscard]] bool is_passing(int status) noexcept
{
    return status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600);
}

} // namespace

bool is_event_stream(std::string_view content_type) noexcept
{
    auto const essence = take_trimmed(content_type, ';');
    return same_name(essence, "text/event-stream");
}

verdict judge(response_head const& head, bool strict) noexcept
{
    switch (head.status) {
    case 200:
        return is_event_stream(head.content_type) && coding_of(head.content_encoding) != content_coding::other
                   ? verdict::open
                   : verdict::no_stream;
    case 204:
        return verdict::end;
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return verdict::redirect;
    default:
        return is_passing(head.status) && !strict ? verdict::retry : verdict::fail;
    }
}

} // namespace sluice
