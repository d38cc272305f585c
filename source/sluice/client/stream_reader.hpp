#pragma once

#include <sluice/client/event_stream_parser.hpp>
#include <sluice/client/gzip_decoder.hpp>
#include <sluice/client/response_reader.hpp>

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// Turns a connection's bytes into events: the read buffer, and the parsers of the response and of the stream. Events
/// stay unparsed in the buffer until they are asked for. It does no I/O.
class stream_reader {
public:
    stream_reader(std::size_t max_event_bytes, std::string last_event_id);

    /// Prepares for the next connection. The last event id and the reconnection time stay.
    void begin_response();

    /// Room for more bytes after those in the buffer; empty if it is full. REQUIRES: `next` found no event.
    [[nodiscard]] boost::asio::mutable_buffer prepare();
    void commit(std::size_t bytes) noexcept { end_ += bytes; }
    /// There will be no more bytes.
    void end_of_input() { response_.end_of_input(); }

    /// Whether the response's head is complete.
    [[nodiscard]] bool read_head();
    /// The next event, as views that are valid until the next call. REQUIRES: the head was read and is that of a
    /// stream.
    [[nodiscard]] bool next(event_view& out);
    /// The body is gzip-encoded.
    void decode_gzip() { gzip_ = std::make_unique<gzip_decoder>(); }
    /// Whether the body was not gzip after all.
    [[nodiscard]] bool decoding_failed() const noexcept { return gzip_ && gzip_->failed(); }

    [[nodiscard]] response_reader const& response() const noexcept { return response_; }
    [[nodiscard]] event_stream_parser const& parser() const noexcept { return parser_; }

private:
    [[nodiscard]] std::string_view next_body();
    [[nodiscard]] std::string_view next_text();
    [[nodiscard]] std::string_view unread() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }
    void consume_all_but(std::string_view rest) noexcept { begin_ = end_ - rest.size(); }

    std::unique_ptr<char[]> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    response_reader response_;
    std::unique_ptr<gzip_decoder> gzip_;
    /// The part of the last piece that `gzip_` has not consumed; in the buffer.
    std::string_view coded_;
    /// The part of the last piece of text that has not been parsed.
    std::string_view text_;
    event_stream_parser parser_;
};

} // namespace sluice
