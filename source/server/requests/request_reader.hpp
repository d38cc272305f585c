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

/// Reads the requests of one connection from bytes, without any I/O, and refuses what is not well-framed HTTP/1.x
/// (RFC 9112): such a connection cannot be trusted to be understood alike by all on the way.
class request_reader {
public:
    /// More bytes are needed.
    struct need_more {};
    /// The header section has come and is well framed, and nothing of the body was read yet. Say by `expect_body` what
    /// is to become of the body before reading on.
    struct head_complete {};
    /// There is more to do at once, but others should have their turn first.
    struct wants_turn {};
    /// The client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
    struct wants_continue {};
    using step = std::variant<need_more, head_complete, wants_continue, wants_turn, http_request, problem>;

    /// The next request from the bytes there are. After a problem the connection ends.
    [[nodiscard]] step next();

    /// The header section of the request that is being read. Only after `head_complete`.
    [[nodiscard]] http_request const& head() const { return parser_->get(); }
    /// Says what is to become of the body. Only after `head_complete`.
    void expect_body(body_terms terms);
    /// What is wrong with the body of the request that was given last, though it was well framed.
    [[nodiscard]] std::optional<problem> const& unreadable() const noexcept { return unreadable_; }

    /// How much memory the body takes that is being read.
    [[nodiscard]] std::size_t body_footprint() const noexcept { return body_ ? body_->footprint() : 0; }
    /// How many bytes of it have come, with all that frames it.
    [[nodiscard]] std::uint64_t body_bytes() const noexcept { return body_bytes_; }

    /// Room for more bytes, and how many of them came.
    [[nodiscard]] boost::asio::mutable_buffer prepare();
    void commit(std::size_t bytes);
    /// Takes out what has come behind the last request, for another reader to go on with.
    [[nodiscard]] std::string take_rest();
    /// Goes on with what another reader had left.
    void put_back(std::string_view rest);
    /// Forgets whatever it is in the middle of, with all the memory that it took.
    void forget();
    /// Gives back the memory that batches and bodies took. Only when idle.
    void shrink();

    /// What the reader is in the middle of.
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
    /// Reads the head alone.
    std::optional<parser> parser_;
    /// How much of the buffer is known to have no wrong line end.
    std::size_t checked_ = 0;
    std::optional<body_reader> body_;
    std::uint64_t body_bytes_ = 0;
    std::optional<problem> unreadable_;
    bool continue_asked_ = false;
};

} // namespace sluice::server
