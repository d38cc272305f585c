#include "request_reader.hpp"

#include "target_authority.hpp"
#include <sluice/http/characters.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::server {

namespace http = boost::beast::http;

namespace {

/// The most bytes of a request line and its fields, up to and including the empty line.
constexpr std::size_t header_limit = std::size_t{16} << 10U;
/// Each read has room for four times as much as the last one brought, within these limits, so that pipelined requests
/// are read in batches.
constexpr std::size_t least_read = 4 * 1024;
constexpr std::size_t most_read = 64 * 1024;
/// While a header section is incomplete, what is buffered is below its limit.
constexpr std::size_t buffer_limit = header_limit + 2 * most_read;

/// Refuses what can be read in two ways (RFC 9112, section 6.3), which Beast lets pass.
[[nodiscard]] std::optional<problem> check_framing(http_request const& request)
{
    auto const lengths = request.count(http::field::content_length);
    auto const length = request[http::field::content_length];
    if (lengths > 1 || length.find(',') != boost::beast::string_view::npos) {
        return bad_request("several Content-Length values");
    }
    auto const codings = request.count(http::field::transfer_encoding);
    if (codings == 0) {
        return std::nullopt;
    }
    if (lengths != 0 || codings > 1 || request.version() < 11) {
        return bad_request("Transfer-Encoding is given twice, beside Content-Length, or in HTTP/1.0");
    }
    if (!boost::algorithm::iequals(request[http::field::transfer_encoding], "chunked")) {
        return problem{.status = 501, .detail = "the only transfer coding understood is chunked"};
    }
    return std::nullopt;
}

/// Checks the form of a request target (RFC 9112, section 3.2).
[[nodiscard]] std::optional<problem> check_target(http_request const& request)
{
    auto const target = request.target();
    bool const known = target.starts_with('/') || target == "*" ||
                       target.find("://") != boost::beast::string_view::npos || request.method() == http::verb::connect;
    return known ? std::nullopt : std::optional{bad_request("the request target has no known form")};
}

/// What is wrong with a head that has arrived. An absolute target's authority takes the place of `Host`.
[[nodiscard]] std::optional<problem> check_head(http_request& request)
{
    auto wrong = check_framing(request);
    wrong = wrong ? wrong : check_target(request);
    return wrong ? wrong : take_target_authority(request);
}

/// Whether there is a line end other than CR LF. A CR as the last byte may still become one.
[[nodiscard]] bool has_bare_line_end(std::string_view text)
{
    for (auto i = text.find_first_of("\r\n"); i != std::string_view::npos; i = text.find_first_of("\r\n", i + 2)) {
        bool const last = i + 1 == text.size();
        if (text[i] == '\n' || (!last && text[i + 1] != '\n')) {
            return true;
        }
    }
    return false;
}

/// Whether the character is refused in a field's value, and does not end the line.
[[nodiscard]] bool is_refused_within_line(char c) noexcept
{
    return is_refused_in_value(c) && !is_one_of(c, std::string_view{"\0\r\n", 3});
}

/// Replaces each control character in a `Last-Event-ID` by a byte that no event's id can have, because it is not UTF-8.
/// The parser would refuse the request, and the answer would end an `EventSource` for good that was once given such an
/// id. Returns whether there was such a character.
bool replace_controls_in_last_id(char* head, std::size_t size)
{
    std::string_view const text{head, size};
    if (!boost::algorithm::istarts_with(text, "Last-Event-ID:")) {
        return false;
    }
    char* const end = head + std::min(size, text.find("\r\n"));
    bool const any = std::any_of(head, end, is_refused_within_line);
    std::replace_if(head, end, is_refused_within_line, '\x80');
    return any;
}

} // namespace

boost::asio::mutable_buffer request_reader::prepare()
{
    // A body that is taken in parts may arrive a line at a time, for hours.
    bool const is_one_body = body_ && !body_->in_parts();
    auto const wanted = is_one_body ? most_read : std::clamp(4 * last_read_, least_read, most_read);
    return buffer_.prepare(std::min(buffer_limit - buffer_.size(), wanted));
}

void request_reader::commit(std::size_t bytes)
{
    buffer_.commit(bytes);
    last_read_ = bytes;
}

void request_reader::forget()
{
    body_.reset();
    parser_.reset();
    buffer_ = {};
}

void request_reader::shrink()
{
    if (buffer_.capacity() > least_read) {
        buffer_.shrink_to_fit();
    }
}

request_reader::phase request_reader::current() const noexcept
{
    if (body_) {
        return phase::body;
    }
    return buffer_.size() == 0 && (!parser_ || !parser_->got_some()) ? phase::idle : phase::header;
}

std::string_view request_reader::buffered() const noexcept
{
    return {static_cast<char const*>(buffer_.data().data()), buffer_.size()};
}

void request_reader::skip_empty_lines()
{
    // A robust server ignores an empty line before a request (RFC 9112, section 2.2).
    while (buffered().starts_with("\r\n")) {
        buffer_.consume(2);
    }
}

void request_reader::expect_body(body_terms terms) { body_->set(terms); }

void request_reader::start()
{
    parser_.emplace();
    // The parser limits what it is given at once, not the whole head, so `read_head` counts.
    parser_->header_limit(2 * header_limit);
    parser_->body_limit(boost::none);
    checked_ = 0;
    head_bytes_ = 0;
    body_bytes_ = 0;
    unreadable_.reset();
    continue_asked_ = false;
}

request_reader::step request_reader::next()
{
    if (body_) {
        return body_->in_parts() ? step{body_in_parts{}} : read_body();
    }
    if (!parser_) {
        skip_empty_lines();
        if (buffer_.size() == 0) {
            return need_more{};
        }
        start();
    }
    if (auto wrong = read_head()) {
        return std::move(*wrong);
    }
    if (!parser_->is_header_done()) {
        return need_more{};
    }
    bool const is_chunked = parser_->get().count(http::field::transfer_encoding) != 0;
    auto const length = parser_->content_length().value_or(0);
    body_.emplace(is_chunked ? std::nullopt : std::optional<std::uint64_t>{length});
    return head_complete{};
}

std::optional<problem> request_reader::read_head()
{
    while (buffer_.size() != 0 && !parser_->is_header_done()) {
        error_code ec;
        auto const used = parser_->put(buffer_.data(), ec);
        buffer_.consume(used);
        head_bytes_ += used;
        checked_ -= std::min(checked_, used);
        // It has consumed the fields before the one that it refuses.
        if (ec == http::error::bad_value &&
            replace_controls_in_last_id(static_cast<char*>(buffer_.data().data()), buffer_.size())) {
            continue;
        }
        if (ec && ec != http::error::need_more && ec != http::error::header_limit) {
            return bad_request(fmt::format("not a well-formed HTTP/1.x request: {}", ec.message()));
        }
        auto const unread = parser_->is_header_done() ? 0 : buffer_.size();
        if (head_bytes_ + unread > header_limit) {
            return problem{.status = 431, .detail = "the header section is longer than 16 KiB"};
        }
        if (parser_->is_header_done()) {
            return check_head(parser_->get());
        }
        if (ec == http::error::need_more || used == 0) {
            break;
        }
    }
    // The parser leaves the beginning of a line and would wait for its end, which may never come. A CR at the end of
    // what was checked before is checked again.
    bool const cr_waits = checked_ != 0 && buffered()[checked_ - 1] == '\r';
    auto const unchecked = buffered().substr(cr_waits ? checked_ - 1 : checked_);
    checked_ = buffer_.size();
    return has_bare_line_end(unchecked) ? std::optional{bad_request("a line does not end with CR LF")} : std::nullopt;
}

request_reader::step request_reader::read_body()
{
    auto rest = buffered();
    auto const before = rest.size();
    auto const read = body_->read(rest);
    body_bytes_ += before - rest.size();
    buffer_.consume(before - rest.size());
    if (read.has_error()) {
        return read.error();
    }
    if (*read == body_reader::progress::complete) {
        return take_request();
    }
    if (*read == body_reader::progress::wants_turn) {
        return wants_turn{};
    }
    bool const asks = !continue_asked_ && body_bytes_ == 0 &&
                      boost::algorithm::iequals(parser_->get()[http::field::expect], "100-continue");
    continue_asked_ = continue_asked_ || asks;
    return asks ? step{wants_continue{}} : step{need_more{}};
}

http_request request_reader::take_request()
{
    auto request = parser_->release();
    request.body() = body_->take();
    unreadable_ = body_->unreadable();
    body_.reset();
    parser_.reset();
    return request;
}

} // namespace sluice::server
