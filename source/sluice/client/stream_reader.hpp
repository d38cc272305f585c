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

/// From a connection's bytes to events: the read buffer, and what takes the response and the stream apart. Events stay
/// bytes in the buffer until they are asked for. It does no I/O.
class stream_reader {
public:
    stream_reader(std::size_t max_event_bytes, std::string last_event_id);

    /// Makes ready for the next connection. The last event id and the reconnection time stay.
    void begin_response();

    /// Room for bytes behind those that are there; empty when there is none. Only while `next` finds no event.
    [[nodiscard]] boost::asio::mutable_buffer prepare();
    void commit(std::size_t bytes) noexcept { end_ += bytes; }
    /// No more bytes will come.
    void end_of_input() { response_.end_of_input(); }

    /// Whether the response's head is there.
    [[nodiscard]] bool read_head();
    /// The next event, as views that are good until the next call. The head was read, and is a stream's.
    [[nodiscard]] bool next(event_view& out);
    /// The body is coded by gzip.
    void decode_gzip() { gzip_ = std::make_unique<gzip_decoder>(); }
    /// The body is not what its coding says.
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
    /// The rest of what `gzip_` was given last, in the buffer.
    std::string_view coded_;
    /// The rest of the piece of text that was taken from the body last.
    std::string_view text_;
    event_stream_parser parser_;
};

} // namespace sluice
