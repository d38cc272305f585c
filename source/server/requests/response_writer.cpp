#include "response_writer.hpp"

#include "security_fields.hpp"
#include <sluice/http/stream_head.hpp>

#include <fmt/format.h>

#include <iterator>
#include <new>

namespace sluice::server {

namespace {

void append(std::string& out, reply const& r, exchange const& how)
{
    auto const to = std::back_inserter(out);
    fmt::format_to(to, "HTTP/1.1 {} {}\r\nDate: {}\r\n{}", r.status, reason_phrase(r.status), http_date(),
                   security_fields);
    bool const has_content = r.status != 204 && r.status != 304;
    if (has_content) {
        fmt::format_to(to, "Content-Type: {}\r\nContent-Length: {}\r\n", r.content_type, r.body.size());
    }
    if (r.status != 204) {
        fmt::format_to(to, "Cache-Control: {}\r\n", r.cache_control);
    }
    if (!how.keep_alive) {
        out += "Connection: close\r\n";
    } else if (!how.http_1_1) {
        out += "Connection: keep-alive\r\n";
    }
    out += r.fields.text();
    out += how.fields.text();
    out += "\r\n";
    if (!how.head) {
        out += r.body;
    }
}

} // namespace

void append_response(std::string& out, reply const& r, exchange const& how)
{
    auto const before = out.size();
    try {
        append(out, r, how);
    } catch (std::bad_alloc const&) {
        out.resize(before);
        throw;
    }
}

void append_stream_head(std::string& out, exchange const& how)
{
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 200 OK\r\nDate: {}\r\n{}{}{}\r\n", http_date(), stream_fields,
                   how.fields.text(), how.keep_alive ? "" : "Connection: close\r\n");
}

} // namespace sluice::server
