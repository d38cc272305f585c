#pragma once

#include <sluice/error.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What an event source wants to know of a response's head.
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

/// Takes the head and the framing off an HTTP/1.x response (RFC 9112): chunked, of a length, or until the close.
///
/// It is given all bytes that are there, and leaves those that it cannot make use of yet. Interim responses (1xx) are
/// read over. It does no I/O.
class response_reader {
public:
    response_reader();
    response_reader(response_reader const&) = delete;
    response_reader& operator=(response_reader const&) = delete;
    ~response_reader();

    /// Makes ready for the next response.
    void reset();

    /// Takes the head off the front of the input; true once it is whole.
    [[nodiscard]] bool read_head(std::string_view& input);
    [[nodiscard]] response_head const& head() const noexcept;

    /// Takes bytes off the front of the input up to the end of the next piece of the body, and gives that, which lies
    /// in the input; empty when there is none yet. The head has been read.
    [[nodiscard]] std::string_view next_body(std::string_view& input);

    /// The connection has ended: so has a body that goes until the close.
    void end_of_input();

    /// Whether the body has ended as its framing says.
    [[nodiscard]] bool complete() const noexcept;
    /// What is wrong with the response; success while nothing is.
    [[nodiscard]] error_code error() const noexcept { return error_; }

private:
    class parser;

    [[nodiscard]] bool put(std::string_view& input);

    std::unique_ptr<parser> parser_;
    error_code error_;
};

} // namespace sluice
