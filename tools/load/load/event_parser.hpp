#pragma once

#include <string>
#include <string_view>

namespace sluice::load {

/// One event as a client sees it; views into the parser or its input, good until the parser's next call.
struct received_event {
    std::string_view type; ///< empty for the default type, `message`
    std::string_view data;
    std::string_view block; ///< all of its bytes, if they lay together in the input, else empty
};

/// The event stream format of the WHATWG HTML Standard, section "Server-sent events", for text that comes in
/// pieces of any size. `retry` fields are read over: this program decides itself when it comes back.
///
/// A block that lies whole in the input, with lines that end in LF and one data line, is taken in place: nearly all of
/// a broadcast is such blocks. Everything else is put together line by line.
class event_parser {
public:
    /// Takes text off the front of `input` up to the end of the next event and returns true, or all of it and
    /// returns false. Until then `input` may only be what an earlier call left of it.
    bool next(std::string_view& input, received_event& out);

    /// Takes `known` off the front of `input` if that is what comes next. It must be the
    /// `block` of an event that this parser or another gave out.
    bool take_known(std::string_view& input, std::string_view known) const
    {
        if (is_in_block_ || skip_line_feed_ || !input.starts_with(known)) {
            return false;
        }
        input.remove_prefix(known.size());
        return true;
    }
    /// The last event id behind blocks that were taken so.
    void set_last_event_id(const std::string& id) { last_id_ = id; }

    /// What the next request has to say as `Last-Event-ID`; empty: nothing.
    const std::string& last_event_id() const { return last_id_; }

    /// Makes ready for the next connection. The last event id stays.
    void reset();
    void forget_last_event_id() { last_id_.clear(); }

    /// An event was larger than 16 MiB; nothing more is read.
    bool is_broken() const { return is_broken_; }

private:
    enum class block { event, no_event, not_whole };
    enum class piece { unknown, plain, has_carriage_returns };

    block take_block(std::string_view& input, received_event& out);
    bool next_by_lines(std::string_view& input, received_event& out);
    bool take_line(std::string_view& input, std::string_view& line);
    bool on_line(std::string_view line);
    bool end_block();
    void set_last_id(std::string_view id);

    std::string partial_; ///< the beginning of a line whose end has not come yet
    std::string type_;
    std::string data_;             ///< each data line with a line feed behind it
    std::string id_;               ///< counts from the block's end on
    std::string last_id_;          ///< of the last block that ended
    piece piece_ = piece::unknown; ///< what is known of the input that is being taken
    bool has_id_ = false;          ///< this block has an `id_`
    bool is_in_block_ = false;     ///< some of a block was put aside
    bool skip_line_feed_ = false;  ///< a CR ended the last line: an LF right behind it belongs to it
    bool is_line_done_ = true;     ///< `partial_` holds a line that was handed on
    bool is_event_done_ = false;   ///< `type_` and `data_` hold an event that was handed on
    bool is_broken_ = false;
};

} // namespace sluice::load
