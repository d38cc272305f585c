#pragma once

#include "body_reader.hpp"
#include <sluice/http/problem.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::server {

using http_request = boost::beast::http::request<boost::beast::http::string_body>;

/// Reads the requests of one connection from bytes. It does no I/O. It refuses what is not well-framed HTTP/1.x (RFC
/// 9112), because proxies on the way may understand such a connection differently.
class request_reader {
public:
    /// More bytes are needed.
    struct need_more {};
    /// The header section has arrived and is well framed; nothing of the body was read yet. Call `expect_body` before
    /// reading on.
    struct head_complete {};
    /// There is more work, but other work should have its turn first.
    struct wants_turn {};
    /// The client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
    struct wants_continue {};
    /// The body is to be taken in parts, with `next_part`.
    struct body_in_parts {};
    using step =
        std::variant<need_more, head_complete, wants_continue, wants_turn, body_in_parts, http_request, problem>;

    /// Reads the next request from the bytes that have arrived. After a problem the connection ends.
    [[nodiscard]] step next();

    /// The header section of the request that is being read. REQUIRES: `head_complete` was returned.
    [[nodiscard]] http_request const& head() const { return parser_->get(); }
    /// Sets how the body is treated. REQUIRES: `head_complete` was returned.
    void expect_body(body_terms terms);
    /// The next step of a body that is taken in parts. What has arrived is in the request when that is complete,
    /// otherwise `take_part` returns it. REQUIRES: `body_in_parts` was returned, and the request not yet.
    [[nodiscard]] step next_part() { return read_body(); }
    /// What has arrived of the body since the last call.
    [[nodiscard]] std::string take_part() { return body_->take(); }
    /// What is wrong with a well-framed body that is taken in parts.
    [[nodiscard]] std::optional<problem> const& unreadable_part() const noexcept { return body_->unreadable(); }
    /// What is wrong with the well-framed body of the last request.
    [[nodiscard]] std::optional<problem> const& unreadable() const noexcept { return unreadable_; }

    /// How much memory the body that is being read uses.
    [[nodiscard]] std::size_t body_footprint() const noexcept { return body_ ? body_->footprint() : 0; }
    /// How many bytes of the body have arrived, including its framing.
    [[nodiscard]] std::uint64_t body_bytes() const noexcept { return body_bytes_; }

    /// Room for more bytes, and how many of them arrived.
    [[nodiscard]] boost::asio::mutable_buffer prepare();
    void commit(std::size_t bytes);
    /// Drops whatever is being read, and releases its memory.
    void forget();
    /// Returns the memory that batches and bodies used.
    void shrink();

    /// The reader's state.
    enum class phase { idle, header, body };
    [[nodiscard]] phase current() const noexcept;

private:
    using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    [[nodiscard]] std::string_view buffered() const noexcept;
    void skip_empty_lines();
    void start();
    [[nodiscard]] std::optional<problem> read_head();
    [[nodiscard]] step read_body();
    [[nodiscard]] http_request take_request();

    boost::beast::flat_buffer buffer_;
    std::size_t last_read_ = 0;
    /// Reads the head only.
    std::optional<parser> parser_;
    /// How much of the head the parser has consumed.
    std::size_t head_bytes_ = 0;
    /// How much of the buffer has been checked for wrong line ends.
    std::size_t checked_ = 0;
    std::optional<body_reader> body_;
    std::uint64_t body_bytes_ = 0;
    std::optional<problem> unreadable_;
    bool continue_asked_ = false;
};

} // namespace sluice::server
