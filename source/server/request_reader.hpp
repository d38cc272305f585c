#pragma once

#include <sluice/http/problem.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

namespace sluice::server {

using http_request = boost::beast::http::request<boost::beast::http::string_body>;

/// Reads the requests of one connection from bytes, without any I/O, and refuses what is not well-framed HTTP/1.x
/// (RFC 9112): such a connection cannot be trusted to be understood alike by all on the way.
class request_reader {
public:
    /// More bytes are needed.
    struct need_more {};
    /// The header section has come and is well framed, and nothing of the body was read yet. Who reads on says first,
    /// by `limit_body`, how much of it may come.
    struct head_complete {};
    /// The client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
    struct wants_continue {};
    using step = std::variant<need_more, head_complete, wants_continue, http_request, problem>;

    /// The next request from the bytes there are. After a problem the connection ends.
    [[nodiscard]] step next();

    /// The header section of the request that is being read. Only after `head_complete`.
    [[nodiscard]] http_request const& head() const { return parser_->get(); }
    /// A longer body is a problem, 413. Only after `head_complete`.
    void limit_body(std::size_t bytes);

    /// Room for more bytes, and how many of them came.
    [[nodiscard]] boost::asio::mutable_buffer prepare();
    void commit(std::size_t bytes);

    /// What the reader is in the middle of.
    enum class phase { idle, header, body };
    [[nodiscard]] phase current() const noexcept;

private:
    using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    [[nodiscard]] std::string_view buffered() const noexcept;
    void skip_empty_lines();
    [[nodiscard]] std::optional<problem> put();

    boost::beast::flat_buffer buffer_;
    std::size_t last_read_ = 0;
    std::optional<parser> parser_;
    bool head_given_ = false;
    bool too_long_ = false;
    bool continue_asked_ = false;
};

} // namespace sluice::server
