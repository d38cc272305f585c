#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// One block of a stream, up to and with the empty line that ends it.
struct received_event {
    std::string id;                    ///< the last event id buffer when the block ended, also where it names none
    bool has_id = false;               ///< this block has an `id` field that counts
    bool has_data = false;             ///< false: a browser fires nothing for this block, and its type is empty
    std::string type;                  ///< `message` where a block with data names none
    std::string data;                  ///< its lines joined by LF
    std::vector<std::string> comments; ///< without the colon and one space after it
    std::optional<std::uint64_t> retry;
    std::string raw; ///< the bytes of the block as they came
};

/// A short description for messages.
std::string to_string(const received_event& event);

/// Interprets an event stream by the WHATWG HTML Standard, "Server-sent events", "Interpreting an event
/// stream": CR LF, CR and LF end a line, one byte order mark at the start is dropped, a block without data
/// fires nothing, an id with NUL and a retry that is not all digits are ignored. Bytes may come in any
/// pieces.
class stream_parser {
public:
    explicit stream_parser(std::string last_event_id = {});

    void feed(std::string_view bytes);

    /// The next whole block, if there is one. Unlike a browser it gives those without data, too.
    std::optional<received_event> next();

    /// What a client would send as Last-Event-ID now: that of whole blocks only.
    [[nodiscard]] const std::string& last_event_id() const { return last_event_id_; }
    /// The bytes after the last whole block. At the end of a well-ended stream there are none.
    [[nodiscard]] const std::string& unfinished() const { return block_.raw; }

private:
    void take(char byte);
    void end_line();
    void field(std::string_view name, std::string_view value);
    void dispatch();

    std::deque<received_event> blocks_;
    received_event block_;
    std::string line_;
    std::string id_buffer_;
    std::string last_event_id_;
    bool after_cr_ = false;
    bool first_line_ = true;
};

} // namespace sluice::test
