#pragma once

#include "../common/endpoint.hpp"
#include "../common/reactor.hpp"
#include "clock.hpp"
#include "payload.hpp"
#include "sequence_tracker.hpp"
#include "stream_reader.hpp"
#include "tally.hpp"

#include <string>
#include <string_view>

namespace sluice::load {

/// What all streams of a run have in common.
struct stream_settings {
    std::string request;     ///< the whole GET, as sent
    std::string ready_event; ///< the type of the event that says the server has the stream; empty: the head says so
    std::string event_type;  ///< the type of the events that are checked
    payload_format payload;
};

/// One subscriber: connects, asks, reads and checks every event. Settings and tally must outlive it.
class stream final : private io_handler {
public:
    stream(const stream_settings& settings, tally& counts) : settings_(settings), counts_(counts) {}

    /// Starts to connect; `counts.ready` or `counts.failed` tells how it went. Throws what `start_connect`
    /// throws.
    void connect(reactor& loop, const endpoint& server, unsigned source);

    /// How many of the first `published` events never came.
    std::uint64_t lost(std::uint64_t published) const { return tracker_.lost(published); }

private:
    void on_ready(std::uint32_t events) override;
    void on_connected();
    void read();
    void on_bytes(std::string_view bytes);
    void on_event(const received_event& event, std::uint64_t now_ns);
    void on_load_event(std::string_view data, std::uint64_t now_ns);
    void check_head();
    void mark_ready();
    void close(std::string_view why);

    const stream_settings& settings_;
    tally& counts_;
    reactor* loop_ = nullptr;
    unique_fd socket_;
    bool is_connected_ = false;
    bool is_ready_ = false;
    stream_reader reader_;
    sequence_tracker tracker_;
};

} // namespace sluice::load
