#include "request_reader.hpp"

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

constexpr std::uint32_t header_limit = 16 * 1024;
/// A read has room for four times what the one before brought, within these: who pipelines is read in batches.
constexpr std::size_t least_read = 4 * 1024;
constexpr std::size_t most_read = 64 * 1024;
/// No chunk's size line or trailer may be longer.
constexpr std::size_t buffer_limit = header_limit + 2 * most_read;

[[nodiscard]] problem body_too_large() { return {.status = 413, .detail = "the body is too large"}; }

[[nodiscard]] problem problem_of(error_code ec)
{
    if (ec == http::error::header_limit) {
        return {.status = 431, .detail = "the header section is longer than 16 KiB"};
    }
    if (ec == http::error::body_limit) {
        return body_too_large();
    }
    return bad_request(fmt::format("not a well-formed HTTP/1.x request: {}", ec.message()));
}

/// Beast lets pass what could be read in two ways (RFC 9112, section 6.3): refuse it.
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

/// The forms of a request target (RFC 9112, section 3.2).
[[nodiscard]] std::optional<problem> check_target(http_request const& request)
{
    auto const target = request.target();
    bool const known = target.starts_with('/') || target == "*" ||
                       target.find("://") != boost::beast::string_view::npos || request.method() == http::verb::connect;
    return known ? std::nullopt : std::optional{bad_request("the request target is of no known form")};
}

/// Whether there is a line end that is not CR LF; a CR that is the last byte may yet become one.
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

} // namespace

boost::asio::mutable_buffer request_reader::prepare()
{
    auto const wanted = current() == phase::body ? most_read : std::clamp(4 * last_read_, least_read, most_read);
    return buffer_.prepare(std::min(buffer_limit - buffer_.size(), wanted));
}

void request_reader::commit(std::size_t bytes)
{
    buffer_.commit(bytes);
    last_read_ = bytes;
}

request_reader::phase request_reader::current() const noexcept
{
    if (parser_ && parser_->is_header_done()) {
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

void request_reader::limit_body(std::size_t bytes)
{
    auto const length = parser_->content_length();
    too_long_ = length && *length > bytes;
    parser_->body_limit(bytes);
    // From here on the parser takes all that it can at a time.
    parser_->eager(true);
}

request_reader::step request_reader::next()
{
    if (!parser_) {
        skip_empty_lines();
        if (buffer_.size() == 0) {
            return need_more{};
        }
        parser_.emplace();
        parser_->header_limit(header_limit);
        parser_->body_limit(boost::none);
        head_given_ = false;
        too_long_ = false;
        continue_asked_ = false;
    }
    if (too_long_) {
        return body_too_large();
    }
    if (auto wrong = put()) {
        return std::move(*wrong);
    }
    if (parser_->is_header_done() && !std::exchange(head_given_, true)) {
        return head_complete{};
    }
    if (!parser_->is_done()) {
        if (buffer_.size() >= buffer_limit) {
            return bad_request("a chunk's size line or a trailer is too long");
        }
        bool const asks = parser_->is_header_done() && !continue_asked_ && buffer_.size() == 0 &&
                          boost::algorithm::iequals(parser_->get()[http::field::expect], "100-continue");
        continue_asked_ = continue_asked_ || asks;
        return asks ? step{wants_continue{}} : step{need_more{}};
    }
    auto request = parser_->release();
    parser_.reset();
    return request;
}

std::optional<problem> request_reader::put()
{
    while (!parser_->is_done() && (buffer_.size() != 0 || parser_->is_header_done())) {
        error_code ec;
        auto const used = parser_->put(buffer_.data(), ec);
        buffer_.consume(used);
        if (ec && ec != http::error::need_more) {
            return problem_of(ec);
        }
        if (parser_->is_header_done() && !head_given_) {
            auto wrong = check_framing(parser_->get());
            return wrong ? wrong : check_target(parser_->get());
        }
        if (ec == http::error::need_more || used == 0) {
            break;
        }
    }
    // What the parser leaves is the beginning of a line: it would wait for an end that may not come.
    if (!parser_->is_done() && has_bare_line_end(buffered())) {
        return bad_request("a line does not end with CR LF");
    }
    return std::nullopt;
}

} // namespace sluice::server
