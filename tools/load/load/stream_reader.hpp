#pragma once

#include "response_reader.hpp"
#include <sluice/client/event_stream_parser.hpp>

#include <string>
#include <string_view>

namespace sluice::load {

/// One event as a client sees it; views into the reader or its input, good until the reader's next call.
struct received_event {
    std::string_view type;
    std::string_view data;
    std::string_view block; ///< all of its bytes, if they lay together in the input, else empty
};

/// The bytes of one stream's connections, one after the other, cut into events: HTTP response, chunk framing and event
/// stream in one pass.
class stream_reader {
public:
    /// `cookies` takes what responses set; it must outlive the reader.
    explicit stream_reader(cookie_jar& cookies) : response_(&cookies) {}

    /// Takes bytes off the front of `input` up to the end of the next event and returns true, or all of them
    /// and returns false. The bytes behind `input` must stay until false was returned.
    bool next(std::string_view& input, received_event& out)
    {
        for (;;) {
            if (body_.empty()) {
                body_ = response_.next_body(input);
            }
            if (body_.empty() || events_.failed()) {
                return false;
            }
            const bool is_whole = !events_.in_block();
            const auto before = body_;
            block_view block;
            if (events_.next_block(body_, block) && block.event) {
                const auto bytes = before.substr(0, before.size() - body_.size());
                out = {block.event->type, block.event->data, is_whole ? bytes : std::string_view()};
                return true;
            }
        }
    }

    /// Takes `known` off the front of `input` if that is what comes next. It must be the `block` of an event that this
    /// reader or another gave out.
    bool take_known(std::string_view& input, std::string_view known)
    {
        if (body_.empty()) {
            body_ = response_.next_body(input);
        }
        if (events_.in_block() || !body_.starts_with(known)) {
            return false;
        }
        body_.remove_prefix(known.size());
        return true;
    }
    /// The last event id behind blocks that were taken so.
    void set_last_event_id(std::string_view id) { events_.set_last_event_id(id); }

    /// Makes ready for the next connection. The last event id stays.
    void reset()
    {
        response_.reset();
        events_.reset();
        body_ = {};
    }

    const std::string& last_event_id() const { return events_.last_event_id(); }
    void forget_last_event_id() { events_.set_last_event_id({}); }

    int status() const { return response_.status(); }
    /// The server ended the response in good order.
    bool is_complete() const { return response_.is_complete() && body_.empty(); }
    bool is_broken() const { return response_.is_broken() || events_.failed(); }

private:
    response_reader response_;
    event_stream_parser events_;
    std::string_view body_;
};

} // namespace sluice::load
