#pragma once

#include <sluice/config.hpp>
#include <sluice/delivery/client.hpp>
#include <sluice/export.hpp>
#include <sluice/fan_out/batch.hpp>

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

/// What goes out on one stream, byte by byte, decided without any I/O: the response's head, the opening, replay, live
/// events, heartbeats, last words. Confined to the shard's thread.
///
/// The connection writes what `next` gives and says by `consume` how much of it went. While the peer takes nothing
/// the stream holds no events: it remembers where in the log it was, and makes the rest again.
class SLUICE_EXPORT event_stream final : public stream_output {
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

    /// `head` goes out before the body. All three outlive the stream.
    event_stream(client& c, broker_config const& config, std::string head, body_framing framing, closer& connection);
    ~event_stream();
    event_stream(event_stream const&) = delete;
    event_stream& operator=(event_stream const&) = delete;

    /// The bytes to write next; empty: there are none now. Valid until the next call of any other function.
    [[nodiscard]] std::string_view next();
    /// So many of the bytes that `next` gave were written.
    void consume(std::size_t bytes);
    /// For connections that take bytes to write asynchronously and keep them: the bytes to write next, to be written
    /// whole. Then say `taken_written`.
    [[nodiscard]] std::string take();
    void taken_written();
    /// The connection takes nothing for now: lets go of what is held for it.
    void park() noexcept;
    /// Whether all was said: the connection may be closed.
    [[nodiscard]] bool finished() const noexcept { return client_.ending() && !words_; }

    [[nodiscard]] stream_standing standing() const noexcept override;
    void perform(end_action what) override;

private:
    /// Bytes of our own to write before anything else.
    struct own_words {
        std::string bytes;    ///< framed
        std::size_t body = 0; ///< how many of them are body
        std::size_t written = 0;
    };

    [[nodiscard]] own_words& words();
    void say(std::string_view block);
    void open(std::string head);
    [[nodiscard]] bool receive();
    [[nodiscard]] std::string_view framed(batch const& r) const noexcept;
    [[nodiscard]] std::size_t payload_written(batch const& r) const noexcept;
    void consume_words(std::size_t bytes);
    void consume_batch(std::size_t bytes);
    void note_written();
    void finish_batch();
    void fall_silent() noexcept;

    client& client_;
    broker_config const& config_;
    closer& connection_;
    /// None while there is nothing to say: an idle stream keeps no memory for what it once said.
    std::unique_ptr<own_words> words_;
    batch_ptr batch_;
    std::size_t batch_written_ = 0;
    /// The last sequence of a batch that was begun and let go of, 0 when there is none; and whether it was replayed.
    std::uint64_t begun_through_ = 0;
    bool begun_replayed_ = false;
    body_framing framing_;
    bool taken_ = false;
    bool batch_taken_ = false;
};

} // namespace sluice
