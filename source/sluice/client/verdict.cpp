#include <sluice/client/verdict.hpp>

#include <sluice/http/field_value.hpp>

#include <boost/beast/core/string.hpp>

namespace sluice {
namespace {

[[nodiscard]] bool same(std::string_view a, std::string_view b) noexcept
{
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

/// Whether the server, or a proxy before it, may have a stream later: the client was too slow or too early, there were
/// too many clients, or the server failed.
[[nodiscard]] bool is_passing(int status) noexcept
{
    return status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600);
}

} // namespace

content_coding coding_of(std::string_view content_encoding) noexcept
{
    auto coding = content_coding::none;
    while (!content_encoding.empty()) {
        auto const name = take_trimmed(content_encoding, ',');
        if (name.empty() || same(name, "identity")) {
            continue;
        }
        bool const gzip = same(name, "gzip") || same(name, "x-gzip");
        coding = gzip && coding == content_coding::none ? content_coding::gzip : content_coding::other;
    }
    return coding;
}

bool is_event_stream(std::string_view content_type) noexcept
{
    auto const essence = take_trimmed(content_type, ';');
    return same(essence, "text/event-stream");
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
