#include <sluice/http/stream_head.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <utility>

namespace sluice {

std::string http_date()
{
    // Formatted once a second and thread, because many clients may connect at once.
    static thread_local std::pair<std::time_t, std::string> last;
    if (auto const now = std::time(nullptr); now != last.first) {
        last = {now, fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now))};
    }
    return last.second;
}

std::string make_stream_head(stream_head const& head)
{
    auto text = fmt::format("HTTP/1.1 200 OK\r\nDate: {}\r\n{}", http_date(), stream_fields);
    if (head.tells_session) {
        text += fmt::format("X-SSE-Session-ID: {}\r\n", to_string(head.session));
    }
    if (!head.cookie.empty()) {
        text += fmt::format("Set-Cookie: {}\r\n", head.cookie);
    }
    text += head.fields.text();
    text += head.http_1_1 ? "Transfer-Encoding: chunked\r\n\r\n" : "Connection: close\r\n\r\n";
    return text;
}

} // namespace sluice
