#pragma once

#include "cookie_jar.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::load {

/// Reads one HTTP/1.x response from bytes that come in pieces of any size: head, then a body that is chunked,
/// has a length or lasts until the connection closes. Body bytes are handed on in place, without a copy.
class response_reader {
public:
    /// `cookies`, if any, takes what the response sets; it must outlive the reader.
    explicit response_reader(cookie_jar* cookies = nullptr) : cookies_(cookies) {}

    /// Takes bytes off the front of `input` and returns the next piece of body, a view into `input`'s bytes.
    /// Empty when `input` is used up, the response is complete (the rest of `input` is then the next
    /// response's), or it is broken.
    std::string_view next_body(std::string_view& input);

    /// The status code, 0 until the head is complete.
    int status() const { return status_; }
    bool is_complete() const { return state_ == state::complete; }
    bool is_broken() const { return state_ == state::broken; }

    /// Makes ready for the next response on the same connection.
    void reset() { *this = response_reader(cookies_); }

private:
    enum class state { head, sized_body, endless_body, chunk_size, chunk_body, chunk_end, trailer, complete, broken };

    void read_head(std::string_view& input);
    void read_line(std::string_view& input);
    void on_head(std::string_view head);
    void on_line(std::string_view line);
    void on_chunk_size(std::string_view line);
    std::string_view take_body(std::string_view& input);

    cookie_jar* cookies_;
    state state_ = state::head;
    int status_ = 0;
    std::uint64_t remaining_ = 0; ///< bytes of the sized body or of the chunk that are still to come
    std::string partial_;         ///< the head or the line of chunk framing that is being collected
};

} // namespace sluice::load
