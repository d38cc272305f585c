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

/// An event in a stream, as views into the parser or its input: good until either changes.
struct event_view {
    /// `message` where the stream names none.
    std::string_view type;
    /// The data lines, joined by LF.
    std::string_view data;
};

/// What stands before an empty line in a stream, an event or not; views as in `event_view`.
struct block_view {
    /// Nothing where there is no data.
    std::optional<event_view> event;
    /// Where it names one that counts.
    std::optional<std::string_view> id;
    /// Where it names one that counts.
    std::optional<std::chrono::milliseconds> retry;
};

/// Cuts a stream's bytes into events, in pieces of any size (WHATWG HTML, 9.2.6 "Interpreting an event stream").
///
/// The text that it gives out is valid UTF-8: what is not in the stream becomes U+FFFD, as the standard's decoder
/// does. An event that lies whole in the input and has one data line is given out where it lies; others are put
/// together in buffers that are used again.
///
/// Memory is bounded: a line, and an event's type, data and id together, have at most `max_event_bytes` each, or the
/// parser fails for good (`failed`).
///
/// It does no I/O. One thread at a time.
class SLUICE_EXPORT event_stream_parser {
public:
    /// As `event_source_options::max_event_bytes`: 16 MiB.
    static constexpr std::size_t default_max_event_bytes = std::size_t{16} << 20U;

    /// `last_event_id` is what `last_event_id()` says until the stream says otherwise.
    explicit event_stream_parser(std::size_t max_event_bytes = default_max_event_bytes, std::string last_event_id = {});

    /// Takes bytes off the front of `input` up to the end of the next event and returns true, or all of them and
    /// returns false.
    [[nodiscard]] bool next(std::string_view& input, event_view& out);
    /// As `next`, up to the end of the next block: for who wants to know of those that are no event.
    [[nodiscard]] bool next_block(std::string_view& input, block_view& out);

    /// What a reconnection would send as `Last-Event-ID` after the events taken so far: the id of the last block that
    /// was whole, whether it was an event or not.
    [[nodiscard]] std::string const& last_event_id() const noexcept { return last_event_id_; }
    /// Sets what `last_event_id()` says until the stream says otherwise.
    void set_last_event_id(std::string_view id);

    /// The reconnection time that the stream asked for last; at most 2^31 - 1 ms, as a browser's timers.
    [[nodiscard]] std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

    /// How many comments were taken: many servers keep a quiet stream alive by them.
    [[nodiscard]] std::uint64_t comments() const noexcept { return comments_; }

    /// Whether some of a block was taken whose end has not come.
    [[nodiscard]] bool in_block() const noexcept { return in_block_ || skip_line_feed_; }
    /// A line or an event was larger than allowed; nothing is taken any more.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

    /// Makes ready for the next stream: a block without an end is forgotten, the last event id and the reconnection
    /// time stay.
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
    /// The beginning of a line whose end has not come.
    std::string part_;
    held_text type_;
    held_text data_;
    held_text id_;
    std::string last_event_id_;
    std::optional<std::chrono::milliseconds> retry_;
    std::optional<std::chrono::milliseconds> block_retry_;
    std::uint64_t comments_ = 0;
    /// How the last line ended, and so probably the next.
    char line_end_ = '\n';
    bool has_data_ = false;
    bool has_id_ = false;
    bool in_block_ = false;
    bool first_line_ = true;
    /// A CR ended the last line: an LF right behind it belongs to it.
    bool skip_line_feed_ = false;
    bool failed_ = false;
};

} // namespace sluice
