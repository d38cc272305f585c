#pragma once

#include "../common/endpoint.hpp"
#include "../common/reactor.hpp"
#include "cookie_jar.hpp"
#include "delivery_check.hpp"
#include "event_group.hpp"
#include "stream_reader.hpp"
#include "tally.hpp"
#include "token_list.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::load {

/// What all streams of a run have in common.
struct stream_context {
    reactor& loop;
    const endpoint& server;
    tally& counts;
    std::string ready_event; ///< the type of the event that says the server has the stream; empty: the head says so
    std::string loss_event;  ///< the type of the event by which the server tells of a loss; empty: none
    token_list& tokens;
};

/// One subscriber: connects, asks, reads and checks every event, over as many connections as it takes. What it was
/// given must outlive it, and it must stay where it is.
class stream final : private io_handler {
public:
    /// `source` as for `start_connect`.
    stream(const stream_context& context, event_group& group, unsigned source);

    /// Starts to connect. What it had from the server on an earlier connection, its last event id and cookies, goes
    /// with the request. The counts tell how it went.
    void connect();
    /// Closes the connection: the client is away.
    void drop();
    /// After `drop`: comes back as a client that the server does not know, and has no past.
    void become_new_client();

    /// Makes a client that is going to stall: its sockets are bounded so, and its latencies do not count. To be said
    /// before it connects.
    void prepare_to_stall(const socket_bounds& bounds);
    /// From now on the server may close the connection: then the client is away, and no stream that ended.
    void stop_reading();
    void go_on_reading();

    bool is(stream_state what) const { return state_ == what; }
    bool is_reading() const { return is_reading_; }
    /// Bytes that the kernel has for it.
    std::uint64_t unread() const;
    /// What has come.
    delivery_check& check() { return check_; }
    const delivery_check& check() const { return check_; }

private:
    void on_ready(std::uint32_t events) override;
    void on_connected();
    std::string make_request() const;
    void read();
    void on_bytes(std::string_view bytes);
    void on_event(const received_event& event, std::uint64_t now_ns);
    void check_head();
    void enter(stream_state next);
    void become_live();
    void end(std::string_view why);

    const stream_context& context_;
    const event_group& group_;
    unique_fd socket_;
    socket_bounds bounds_;
    unsigned source_;
    stream_state state_ = stream_state::away;
    bool has_asked_ = false; ///< the request is sent
    bool is_reading_ = true;
    bool may_be_closed_ = false; ///< it stalled on this connection
    cookie_jar cookies_;
    stream_reader reader_;
    delivery_check check_;
};

} // namespace sluice::load
