#pragma once

#include <sluice/error.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What an event source needs to know of a response's head.
struct response_head {
    int status = 0;
    std::string reason;
    std::string content_type;
    std::string content_encoding;
    std::string location;
    std::string retry_after;
    /// `X-SSE-Session-ID`.
    std::string session_id;
    /// The values of `Set-Cookie`.
    std::vector<std::string> cookies;
};

/// Reads the head of an HTTP/1.x response and removes the body's framing (RFC 9112): chunked, with a length, or until
/// the connection closes.
///
/// It is given all bytes that have arrived, and leaves those that it cannot use yet. Interim responses (1xx) are
/// skipped. It does no I/O.
class response_reader {
public:
    response_reader();
    response_reader(response_reader const&) = delete;
    response_reader& operator=(response_reader const&) = delete;
    ~response_reader();

    /// Prepares for the next response.
    void reset();

    /// Consumes the head from the front of the input; returns true once it is complete.
    [[nodiscard]] bool read_head(std::string_view& input);
    [[nodiscard]] response_head const& head() const noexcept;

    /// Consumes input up to the end of the next piece of the body and returns that piece, a view into the input; empty
    /// if there is none yet. REQUIRES: the head has been read.
    [[nodiscard]] std::string_view next_body(std::string_view& input);

    /// The connection has ended, and with it a body that lasts until the connection closes.
    void end_of_input();

    /// Whether the body has ended as its framing demands.
    [[nodiscard]] bool complete() const noexcept;
    /// What is wrong with the response; success if nothing is.
    [[nodiscard]] error_code error() const noexcept { return error_; }

private:
    class parser;

    [[nodiscard]] bool put(std::string_view& input);

    std::unique_ptr<parser> parser_;
    error_code error_;
};

} // namespace sluice
