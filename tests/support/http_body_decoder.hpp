#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::test {

struct http_response;

/// Takes the framing off a response's body (RFC 9112, section 6): chunked, a Content-Length, or until the
/// close. Strict about what it reads: a malformed chunk fails the test.
class http_body_decoder {
public:
    enum class framing { none, length, chunked, until_close };

    http_body_decoder() = default;
    /// `to_head`: the request was HEAD, so there is no body whatever the headers say.
    http_body_decoder(const http_response& head, bool to_head);

    /// Appends the body bytes in `input` to `body` and removes from `input` what belonged to this message.
    void decode(std::string& input, std::string& body);

    /// The body is whole by its own framing; never so for one that lasts until the close.
    [[nodiscard]] bool complete() const { return complete_; }
    [[nodiscard]] framing kind() const { return framing_; }

private:
    enum class state { size_line, content, content_end, trailer };

    void decode_chunked(std::string_view& input, std::string& body);
    bool step(std::string_view& input, std::string& body);
    bool read_size_line(std::string_view& input);
    bool read_content_end(std::string_view& input);
    bool read_trailer(std::string_view& input);
    void take_content(std::string_view& input, std::string& body);

    framing framing_ = framing::none;
    state state_ = state::size_line;
    std::uint64_t left_ = 0;
    bool complete_ = true;
};

} // namespace sluice::test
