#include <support/http_body_decoder.hpp>

#include <support/failure.hpp>
#include <support/http_message.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::test {
namespace {

std::uint64_t parse_number(std::string_view text, int base, std::string_view what)
{
    std::uint64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value, base);
    if (result.ec != std::errc() || result.ptr != end) {
        fail(what, printable(text));
    }
    return value;
}

} // namespace

http_body_decoder::http_body_decoder(const http_response& head, bool to_head)
{
    if (to_head || head.status / 100 == 1 || head.status == 204 || head.status == 304) {
        return;
    }
    if (const auto coding = head.headers.find("Transfer-Encoding")) {
        if (!equal_ignoring_case(*coding, "chunked")) {
            fail("the transfer coding chunked", *coding);
        }
        framing_ = framing::chunked;
        complete_ = false;
    } else if (const auto length = head.headers.find("Content-Length")) {
        framing_ = framing::length;
        left_ = parse_number(*length, 10, "a decimal Content-Length");
        complete_ = left_ == 0;
    } else {
        framing_ = framing::until_close;
        complete_ = false;
    }
}

void http_body_decoder::decode(std::string& input, std::string& body)
{
    std::string_view rest = input;
    if (framing_ == framing::until_close) {
        body += rest;
        rest = {};
    } else if (framing_ == framing::chunked) {
        decode_chunked(rest, body);
    } else if (!complete_) {
        take_content(rest, body);
        complete_ = left_ == 0;
    }
    input.erase(0, input.size() - rest.size());
}

void http_body_decoder::decode_chunked(std::string_view& input, std::string& body)
{
    while (!complete_ && step(input, body)) {
    }
}

bool http_body_decoder::step(std::string_view& input, std::string& body)
{
    switch (state_) {
    case state::size_line:
        return read_size_line(input);
    case state::content_end:
        return read_content_end(input);
    case state::trailer:
        return read_trailer(input);
    case state::content:
        break;
    }
    take_content(input, body);
    if (left_ == 0) {
        state_ = state::content_end;
    }
    return left_ == 0;
}

bool http_body_decoder::read_size_line(std::string_view& input)
{
    const auto end = input.find("\r\n");
    if (end == std::string_view::npos) {
        if (input.size() > 1024) {
            fail("the line with a chunk's size", printable(input));
        }
        return false;
    }
    const auto line = input.substr(0, end);
    left_ = parse_number(line.substr(0, line.find(';')), 16, "a hexadecimal chunk size");
    state_ = left_ == 0 ? state::trailer : state::content;
    input.remove_prefix(end + 2);
    return true;
}

bool http_body_decoder::read_content_end(std::string_view& input)
{
    if (input.size() < 2) {
        return false;
    }
    if (!input.starts_with("\r\n")) {
        fail("CR LF behind a chunk", printable(input));
    }
    input.remove_prefix(2);
    state_ = state::size_line;
    return true;
}

bool http_body_decoder::read_trailer(std::string_view& input)
{
    const auto end = input.find("\r\n");
    if (end == std::string_view::npos) {
        return false;
    }
    complete_ = end == 0;
    input.remove_prefix(end + 2);
    return true;
}

void http_body_decoder::take_content(std::string_view& input, std::string& body)
{
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    body += input.substr(0, count);
    input.remove_prefix(count);
    left_ -= count;
}

} // namespace sluice::test
