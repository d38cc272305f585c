#pragma once

#include <string>
#include <string_view>

namespace sluice::load {

/// One event as a client sees it; views into the parser, good until its next call.
struct received_event {
    std::string_view type; ///< empty for the default type
    std::string_view data;
};

/// The event stream format of the WHATWG HTML Standard, section "Server-sent events", for text that comes in
/// pieces of any size. `id` and `retry` fields are read over: nothing here resumes.
class event_parser {
public:
    /// Takes text off the front of `input` up to the end of the next event and returns true, or all of it and
    /// returns false.
    bool next(std::string_view& input, received_event& out);

    /// An event was larger than 16 MiB; nothing more is read.
    bool is_broken() const { return is_broken_; }

private:
    bool take_line(std::string_view& input, std::string_view& line);
    bool on_line(std::string_view line);

    std::string partial_; ///< the beginning of a line whose end has not come yet
    std::string type_;
    std::string data_;            ///< each data line with a line feed behind it
    bool skip_line_feed_ = false; ///< a CR ended the last line: an LF right behind it belongs to it
    bool is_line_done_ = true;    ///< `partial_` holds a line that was handed on
    bool is_event_done_ = false;  ///< `type_` and `data_` hold an event that was handed on
    bool is_broken_ = false;
};

} // namespace sluice::load
