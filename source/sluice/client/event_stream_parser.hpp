#pragma once

#include <sluice/client/held_text.hpp>
#include <sluice/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// An event in a stream, as views into the parser or its input: valid until either changes.
struct event_view {
    /// `message` if the stream names no type.
    std::string_view type;
    /// The data lines, joined by LF.
    std::string_view data;
};

/// The lines up to an empty line, whether they make an event or not; with views as in `event_view`.
struct block_view {
    /// The event; nothing if the block has no data.
    std::optional<event_view> event;
    /// The id that the block sets, if it sets one.
    std::optional<std::string_view> id;
    /// The reconnection time that the block sets, if it sets one.
    std::optional<std::chrono::milliseconds> retry;
};

/// Parses a stream's bytes, which may come in pieces of any size, into events (WHATWG HTML, 9.2.6 "Interpreting an
/// event stream").
/// @code
/// sluice::event_stream_parser parser;
/// sluice::event_view event;
/// for (std::string_view input = bytes; parser.next(input, event);) {
///     std::cout << event.type << ": " << event.data << '\n';
/// }
/// @endcode
/// The text that it returns is valid UTF-8: invalid bytes become U+FFFD, as the standard's decoder has it. An event
/// that lies whole in the input and has one data line is returned as views into the input; others are assembled in
/// buffers that are reused.
///
/// Memory is bounded: a line may have at most `max_event_bytes`, and so may an event's type, data and id together.
/// Beyond that the parser fails for good (`failed`).
///
/// It does no I/O. Not safe to use from several threads at once.
class SLUICE_EXPORT event_stream_parser {
public:
    /// 16 MiB, as in `event_source_options::max_event_bytes`.
    static constexpr std::size_t default_max_event_bytes = std::size_t{16} << 20U;

    /// `last_event_id` is what `last_event_id()` returns until the stream names an id.
    explicit event_stream_parser(std::size_t max_event_bytes = default_max_event_bytes, std::string last_event_id = {});

    /// Consumes `input` up to the end of the next event and returns true; or, if no event ends in it, consumes all of
    /// it and returns false.
    [[nodiscard]] bool next(std::string_view& input, event_view& out);
    /// The same for the next block. Use it to see blocks that are not events too.
    [[nodiscard]] bool next_block(std::string_view& input, block_view& out);

    /// What a reconnection would send as `Last-Event-ID` now: the id as the last complete block left it, whether that
    /// block was an event or not.
    [[nodiscard]] std::string const& last_event_id() const noexcept { return last_event_id_; }
    /// Sets what `last_event_id()` returns until the stream names another id.
    void set_last_event_id(std::string_view id);

    /// The reconnection time that the stream set last; at most 2^31 - 1 ms, as with a browser's timers.
    [[nodiscard]] std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

    /// How many comments there were so far. Many servers keep a quiet stream alive with them.
    [[nodiscard]] std::uint64_t comments() const noexcept { return comments_; }

    /// Whether a block has begun and not ended.
    [[nodiscard]] bool in_block() const noexcept { return in_block_ || skip_line_feed_; }
    /// How much memory its buffers have.
    [[nodiscard]] std::size_t footprint() const noexcept
    {
        return part_.capacity() + type_.footprint() + data_.footprint() + id_.footprint() + last_event_id_.capacity();
    }
    /// Whether a line or an event was larger than allowed. If so, nothing more is parsed.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

    /// Prepares for the next stream: forgets a block that has not ended, and keeps the last event id and the
    /// reconnection time.
    void reset();

private:
    [[nodiscard]] bool take_line(std::string_view& input, std::string_view& line);
    [[nodiscard]] std::size_t find_line_end(std::string_view text) const noexcept;
    void keep_part(std::string_view part);
    void on_field(std::string_view line);
    void on_data(std::string_view value);
    void on_retry(std::string_view value);
    void end_block(block_view& out);

    std::size_t max_bytes_;
    /// The beginning of a line that has not ended.
    std::string part_;
    held_text type_;
    held_text data_;
    held_text id_;
    std::string last_event_id_;
    std::optional<std::chrono::milliseconds> retry_;
    std::optional<std::chrono::milliseconds> block_retry_;
    std::uint64_t comments_ = 0;
    /// How the last line ended: the next one probably ends the same way.
    char line_end_ = '\n';
    bool has_data_ = false;
    bool has_id_ = false;
    bool in_block_ = false;
    bool first_line_ = true;
    /// Whether a CR ended the last line, so that an LF right after it belongs to the same line end.
    bool skip_line_feed_ = false;
    bool failed_ = false;
};

} // namespace sluice
