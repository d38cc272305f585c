#pragma once

#include "event_parser.hpp"
#include "response_reader.hpp"

namespace sluice::load {

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
            if (body_.empty() || events_.is_broken()) {
                return false;
            }
            if (events_.next(body_, out)) {
                return true;
            }
        }
    }

    /// Takes `block` off the front as `event_parser::take_known` does.
    bool take_known(std::string_view& input, std::string_view block)
    {
        if (body_.empty()) {
            body_ = response_.next_body(input);
        }
        return events_.take_known(body_, block);
    }
    void set_last_event_id(const std::string& id) { events_.set_last_event_id(id); }

    /// Makes ready for the next connection. The last event id stays.
    void reset()
    {
        response_.reset();
        events_.reset();
        body_ = {};
    }

    const std::string& last_event_id() const { return events_.last_event_id(); }
    void forget_last_event_id() { events_.forget_last_event_id(); }

    int status() const { return response_.status(); }
    /// The server ended the response in good order.
    bool is_complete() const { return response_.is_complete() && body_.empty(); }
    bool is_broken() const { return response_.is_broken() || events_.is_broken(); }

private:
    response_reader response_;
    event_parser events_;
    std::string_view body_;
};

} // namespace sluice::load
