#include <sluice/http/stream_head.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace sluice {
namespace {

bool has_line(std::string const& head, std::string const& line)
{
    return head.find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST_SUITE_BEGIN("http/stream_head");

TEST_CASE("make_stream_head · HTTP/1.1 with a cookie")
{
    auto const head =
        make_stream_head({.session = {.high = 1, .low = 2}, .cookie = "name=value", .fields = {{"X-More", "yes"}}});
    CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(head.ends_with("\r\n\r\n"));
    CHECK(head.find("\r\n\r\n") == head.size() - 4);
    CHECK(has_line(head, "Content-Type: text/event-stream"));
    CHECK(has_line(head, "Cache-Control: no-cache, no-transform"));
    CHECK(has_line(head, "X-Accel-Buffering: no"));
    CHECK(has_line(head, "X-SSE-Session-ID: 00000000000000010000000000000002"));
    CHECK(has_line(head, "Set-Cookie: name=value"));
    CHECK(has_line(head, "Transfer-Encoding: chunked"));
    CHECK(has_line(head, "X-More: yes"));
    CHECK(head.find("Connection") == std::string::npos);
}

TEST_CASE("make_stream_head · without a cookie there is none")
{
    auto const without = make_stream_head({.session = {}});
    CHECK(without.find("Set-Cookie") == std::string::npos);
    CHECK(without.find("X-SSE-Session-ID: ") != std::string::npos);
}

TEST_CASE("make_stream_head · to HTTP/1.0 the body ends with the connection")
{
    auto const head = make_stream_head({.session = {}, .http_1_1 = false});
    CHECK(has_line(head, "Connection: close"));
    CHECK(head.find("Transfer-Encoding") == std::string::npos);
}

TEST_CASE("http_date · has the fixed form of the standard")
{
    // 0 stands for a digit, A and a for letters, anything else for itself.
    std::string_view const date_form = "Aaa, 00 Aaa 0000 00:00:00 GMT";
    auto const date = http_date();
    REQUIRE(date.size() == date_form.size());
    for (std::size_t i = 0; i != date_form.size() - 3; ++i) {
        CAPTURE(i);
        auto const in = [c = date[i]](char first, char last) { return c >= first && c <= last; };
        switch (date_form[i]) {
        case '0':
            CHECK(in('0', '9'));
            break;
        case 'A':
            CHECK(in('A', 'Z'));
            break;
        case 'a':
            CHECK(in('a', 'z'));
            break;
        default:
            CHECK(date[i] == date_form[i]);
        }
    }
    CHECK(date.ends_with("GMT"));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
