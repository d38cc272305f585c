#pragma once

#include <sluice/client/event_stream_parser.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// One block of a stream, up to and with the empty line that ends it.
struct received_event {
    std::string id;                    ///< the last event id when the block ended, also where it names none
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

/// The library's parser, and what tests want to see beside events: blocks without data, comments, and the bytes. Bytes
/// may come in any pieces.
class stream_parser {
public:
    explicit stream_parser(std::string last_event_id = {});

    void feed(std::string_view bytes);

    /// The next whole block, if there is one. Unlike a browser it gives those without data, too.
    std::optional<received_event> next();

    /// What a client would send as Last-Event-ID now: that of whole blocks only.
    [[nodiscard]] const std::string& last_event_id() const { return parser_.last_event_id(); }
    /// The bytes after the last whole block. At the end of a well-ended stream there are none.
    [[nodiscard]] const std::string& unfinished() const { return raw_; }

private:
    void keep(const block_view& block);

    event_stream_parser parser_;
    std::deque<received_event> blocks_;
    std::string raw_;
    bool after_cr_ = false; ///< a CR ended a block: an LF right behind it is of that block's bytes
};

} // namespace sluice::test
