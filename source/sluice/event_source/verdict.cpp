#include <sluice/event_source/verdict.hpp>

#include <sluice/http/field_value.hpp>

#include <boost/beast/core/string.hpp>

namespace sluice {

bool is_event_stream(std::string_view content_type) noexcept
{
    auto const essence = take_trimmed(content_type, ';');
    return boost::beast::iequals({essence.data(), essence.size()}, "text/event-stream");
}

verdict judge(response_head const& head, bool strict) noexcept
{
    switch (head.status) {
    case 200:
        // No coding was asked for; what is coded all the same cannot be read.
        return is_event_stream(head.content_type) && head.content_encoding.empty() ? verdict::open : verdict::no_stream;
    case 204:
        return verdict::end;
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return verdict::redirect;
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return strict ? verdict::fail : verdict::retry;
    default:
        return verdict::fail;
    }
}

} // namespace sluice
