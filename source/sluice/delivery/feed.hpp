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

/// What goes out on one stream, piece by piece, decided without any I/O and without knowing how it is framed: the
/// opening, replayed and live events, heartbeats, last words. Confined to the shard's thread.
///
/// A piece is a batch of events or words of sluice's own. A writer takes a piece with `next`, writes all of it, and
/// says so. While the peer takes nothing, the feed holds no events: it remembers where in the log it was, and makes the
/// same batch again.
class SLUICE_EXPORT feed {
public:
    /// What to write next: a batch, or words, or nothing for now.
    struct piece {
        batch const* events = nullptr;
        std::string words{};
    };

    /// Both outlive the feed.
    feed(client& c, broker_config const& config);
    ~feed() = default;
    feed(feed const&) = delete;
    feed& operator=(feed const&) = delete;

    /// The next piece. Words are given away. A batch stays the next piece until it is written, and is valid until
    /// `park` or the next call. With `has_begun`, because a part of a batch was written, it is that batch again.
    [[nodiscard]] piece next(bool has_begun);
    /// The batch of which a part was written, also where it was let go of since: the same bytes.
    [[nodiscard]] batch const* begun() { return receive() ? batch_.get() : nullptr; }
    /// The batch was written whole.
    void batch_written();
    /// Words were written whole, with so many bytes of the body.
    void words_written(std::size_t bytes) noexcept { client_.count_bytes(bytes); }
    /// The peer takes nothing for now: lets go of the batch.
    void park(bool has_begun) noexcept;
    /// Whether everything was said, unless the writer still has some of it.
    [[nodiscard]] bool finished() const noexcept { return client_.ending() && !words_ && !finishes_batch_; }
    /// Whose feed it is.
    [[nodiscard]] client& subject() noexcept { return client_; }
    [[nodiscard]] client const& subject() const noexcept { return client_; }

    /// @name The stream's end
    /// @{
    /// Of the batch's payload so many bytes were written: the events that they make up count as delivered.
    void note_written(std::size_t payload_bytes);
    /// What is left of the begun batch still goes out.
    void finish_batch() noexcept { finishes_batch_ = batch_ != nullptr; }
    /// The event `shutdown` goes out, or, on a stream that has events alone, its `retry` line.
    void say_shutdown();
    /// The event `token-expired` goes out, with this reason, unless the stream has events alone.
    void say_token_expired(std::string_view reason);
    /// The event `topic-end` goes out, unless the stream has events alone.
    void say_topic_end();
    /// Nothing more goes out.
    void fall_silent() noexcept;
    /// @}

private:
    void open();
    void say(std::string_view block);
    void tell(std::string_view control_event);
    [[nodiscard]] bool has_control_events() const noexcept
    {
        return client_.manners() == stream_manners::control_events;
    }
    [[nodiscard]] bool receive();
    [[nodiscard]] piece take_words();

    client& client_;
    broker_config const& config_;
    /// Null while there is nothing to say: an idle stream keeps no memory for what it once said.
    std::unique_ptr<std::string> words_;
    batch_ptr batch_;
    /// The last sequence of a batch that was begun and let go of, 0 when there is none; and whether it was replayed.
    std::uint64_t begun_through_ = 0;
    bool begun_replayed_ = false;
    /// The stream is ending, but the batch is still to be written whole.
    bool finishes_batch_ = false;
    /// How many bytes of that batch were counted when the end began.
    std::size_t counted_ = 0;
};

} // namespace sluice
