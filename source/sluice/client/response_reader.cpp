#include <sluice/client/response_reader.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/optional/optional.hpp>

#include <cstdint>
#include <limits>

namespace sluice {

namespace http = boost::beast::http;

/// Beast's parser, with the body returned as views into the input.
class response_reader::parser final : public http::basic_parser<false> {
public:
    parser()
    {
        body_limit(boost::none);
        header_limit(std::numeric_limits<std::uint32_t>::max()); // the size of the buffer is the limit
    }

    response_head head;
    /// The part of the body that the last `put` found.
    std::string_view body;

private:
    using text = boost::beast::string_view;

    static std::string_view view(text t) noexcept { return {t.data(), t.size()}; }

    void on_request_impl(http::verb /*method*/, text /*name*/, text /*target*/, int /*version*/,
                         error_code& /*ec*/) override
    {
    }
    void on_response_impl(int code, text reason, int /*version*/, error_code& /*ec*/) override
    {
        head.status = code;
        head.reason = view(reason);
    }
    void on_field_impl(http::field name, text name_text, text value, error_code& /*ec*/) override
    {
        switch (name) {
        case http::field::content_type:
            head.content_type = view(value);
            break;
        case http::field::content_encoding:
            // Several fields of this name are one list (RFC 9110, section 5.3).
            head.content_encoding.append(head.content_encoding.empty() ? "" : ", ").append(view(value));
            break;
        case http::field::location:
            head.location = view(value);
            break;
        case http::field::retry_after:
            head.retry_after = view(value);
            break;
        case http::field::set_cookie:
            head.cookies.emplace_back(view(value));
            break;
        default:
            if (boost::beast::iequals(name_text, "X-SSE-Session-ID")) {
                head.session_id = view(value);
            }
        }
    }
    void on_header_impl(error_code& /*ec*/) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const& /*length*/, error_code& /*ec*/) override {}
    std::size_t on_body_impl(text piece, error_code& /*ec*/) override
    {
        body = view(piece);
        return piece.size();
    }
    void on_chunk_header_impl(std::uint64_t /*size*/, text /*extensions*/, error_code& /*ec*/) override {}
    std::size_t on_chunk_body_impl(std::uint64_t /*left*/, text piece, error_code& /*ec*/) override
    {
        body = view(piece);
        return piece.size();
    }
    void on_finish_impl(error_code& /*ec*/) override {}
};

response_reader::response_reader() { reset(); }
response_reader::~response_reader() = default;

void response_reader::reset()
{
    parser_ = std::make_unique<parser>();
    error_ = {};
}

bool response_reader::read_head(std::string_view& input)
{
    while (!error_ && !parser_->is_header_done() && !input.empty()) {
        if (!put(input)) {
            return false;
        }
        auto const status = parser_->head.status;
        if (parser_->is_header_done() && status >= 100 && status < 200 && status != 101) {
            parser_ = std::make_unique<parser>();
        }
    }
    return !error_ && parser_->is_header_done();
}

response_head const& response_reader::head() const noexcept { return parser_->head; }

std::string_view response_reader::next_body(std::string_view& input)
{
    parser_->body = {};
    while (!error_ && !input.empty() && !parser_->is_done() && put(input)) {
        if (!parser_->body.empty()) {
            return parser_->body;
        }
    }
    return {};
}

/// False if more input is needed or the input is wrong.
bool response_reader::put(std::string_view& input)
{
    error_code ec;
    input.remove_prefix(parser_->put(boost::asio::buffer(input), ec));
    if (ec == http::error::need_more) {
        return false;
    }
    error_ = ec;
    return !ec;
}

void response_reader::end_of_input()
{
    if (!error_ && parser_->is_header_done() && !parser_->is_done()) {
        parser_->put_eof(error_);
    }
}

bool response_reader::complete() const noexcept { return !error_ && parser_->is_done(); }

} // namespace sluice
