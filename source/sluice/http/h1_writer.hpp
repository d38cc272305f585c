#pragma once

#include <sluice/config.hpp>
#include <sluice/delivery/feed.hpp>
#include <sluice/delivery/stream_output.hpp>
#include <sluice/export.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// How the body of a stream is framed (RFC 9112, section 7.1 and 6.3).
enum class body_framing : std::uint8_t {
    chunked,     ///< HTTP/1.1
    until_close, ///< HTTP/1.0
};

/// A stream's answer as HTTP/1.x has it, byte by byte, decided without any I/O: the response's head, then the pieces of
/// the feed, framed. Confined to the shard's thread.
///
/// The connection writes what `next` gives and says by `consume` how much of it went.
class SLUICE_EXPORT h1_writer final : public stream_output {
public:
    /// Closes the connection at once, so that the peer's next byte finds nobody.
    class closer {
    public:
        closer() = default;
        closer(closer const&) = delete;
        closer& operator=(closer const&) = delete;
        /// What was written still goes out.
        virtual void close() noexcept = 0;
        /// What the peer has not taken is thrown away, with the memory that it holds.
        virtual void reset() noexcept = 0;

    protected:
        ~closer() = default;
    };

    /// `head` goes out before the body. All three outlive the writer.
    h1_writer(client& c, broker_config const& config, std::string head, body_framing framing, closer& connection);
    ~h1_writer();
    h1_writer(h1_writer const&) = delete;
    h1_writer& operator=(h1_writer const&) = delete;

    /// The bytes to write next; empty: there are none now. Valid until the next call of any other function.
    [[nodiscard]] std::string_view next();
    /// So many of the bytes that `next` gave were written.
    void consume(std::size_t bytes);
    /// For connections that take bytes to write asynchronously and keep them: the bytes to write next, to be written
    /// whole, at most `most_taken`. Then say `taken_written`.
    [[nodiscard]] std::string take();
    void taken_written();
    /// As much as one TLS record has (RFC 8446, section 5.1), so that a peer that stalls holds no more.
    static constexpr std::size_t most_taken = std::size_t{16} << 10U;
    /// The connection takes nothing for now: lets go of what is held for it.
    void park() noexcept;
    /// Whether all was said: the connection may be closed.
    [[nodiscard]] bool finished() const noexcept { return !own_ && !ends_body_ && feed_.finished(); }

    [[nodiscard]] stream_standing standing() const noexcept override;
    void perform(end_action what) override;

private:
    /// Bytes that are no batch's, framed: the head, words, the end of the body.
    struct own_bytes {
        std::string bytes;
        std::size_t body = 0; ///< how many of them are body
    };

    [[nodiscard]] own_bytes& own();
    void frame(std::string_view words);
    [[nodiscard]] std::string_view framed(batch const& b) const noexcept;
    /// Whether a part of a batch was written, or is being written.
    [[nodiscard]] bool has_begun_batch() const noexcept { return !own_ && written_ + taken_ != 0; }
    void note_written();

    feed feed_;
    closer& connection_;
    /// Null while there are none.
    std::unique_ptr<own_bytes> own_;
    /// How many bytes were written of the own ones, else of the framed batch.
    std::size_t written_ = 0;
    /// How many bytes behind those are being written asynchronously.
    std::size_t taken_ = 0;
    body_framing framing_;
    /// The end of the body is to be written behind everything else.
    bool ends_body_ = false;
};

} // namespace sluice
