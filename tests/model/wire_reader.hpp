#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::model {

/// One block of a stream, with the empty line that ends it. A heartbeat that is a comment is a block of the one line.
struct block {
    std::string text;
    /// How many bytes of the connection were read up to and with the block's last one.
    std::size_t end = 0;
};

/// Reads what a hub writes to a connection, byte for byte and strictly: the response's head, the chunked coding or a
/// body until the close, and the stream's blocks. It shares nothing with the library. Throws `failure`.
class wire_reader {
public:
    /// What the connection has got so far; it only grows.
    void read(std::string const& taken);

    /// The head without its empty line; empty while it is not there whole.
    [[nodiscard]] std::string const& head() const noexcept { return head_; }
    /// The value of the head's field; nothing when it has none.
    [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
    /// The next whole block.
    [[nodiscard]] std::optional<block> next();
    /// The last chunk was read.
    [[nodiscard]] bool ended() const noexcept { return state_ == state::ended; }
    /// What was read last ends where a block does.
    [[nodiscard]] bool between_blocks() const noexcept { return text_.empty(); }

private:
    enum class state : std::uint8_t { head, body, chunk_size, chunk, chunk_end, ended };

    [[nodiscard]] bool read_head(std::string_view rest);
    [[nodiscard]] bool read_chunk_size(std::string_view rest);
    [[nodiscard]] bool read_chunk_end(std::string_view rest);
    void read_body(std::string_view some);
    [[nodiscard]] bool step(std::string_view rest);

    state state_ = state::head;
    std::string head_;
    std::size_t at_ = 0;
    std::size_t chunk_left_ = 0;
    std::string text_;
    std::size_t line_ = 0;
    std::deque<block> blocks_;
};

} // namespace sluice::model
