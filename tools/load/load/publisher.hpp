#pragma once

#include "../common/endpoint.hpp"
#include "../common/reactor.hpp"
#include "event_group.hpp"
#include "response_reader.hpp"
#include "tally.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::load {

/// Publishes over one keep-alive connection, request by request to the groups in turn. It never waits for an answer
/// before the next request (an open loop: a slow server does not slow the timetable down), so requests may be
/// pipelined.
class publisher final : private io_handler {
public:
    publisher(reactor& loop, std::vector<event_group>& groups, tally& counts)
        : loop_(loop), groups_(groups), counts_(counts)
    {
    }

    /// Connects within `deadline`; throws std::runtime_error or std::system_error otherwise.
    void connect(const endpoint& server, std::chrono::nanoseconds deadline);

    /// Sends the next event of a group's sequence, stamped with the moment at which it was due. Throws
    /// std::runtime_error when the connection has ended.
    void publish(std::uint64_t due_ns);
    /// Queues a request with the next event, to be sent by `send_queued` together with others.
    void queue_one(std::uint64_t due_ns);
    /// Queues a request with the next `lines` events of one group, each on a line.
    void queue_batch(std::size_t lines, std::uint64_t due_ns);
    /// Throws as `publish`.
    void send_queued();
    /// Requests without an answer yet.
    std::uint64_t outstanding() const { return outstanding_; }

    /// Polls until all requests are answered, at most `limit`.
    void await_answers(std::chrono::nanoseconds limit);

    /// Requests that were not answered with a status of 200 to 299, or not at all.
    std::uint64_t refused() const { return refused_ + outstanding_; }

private:
    event_group& next_group();
    void write_event(std::string& out, event_group& group, std::uint64_t due_ns);
    void queue(const event_group& group, std::string_view body);
    void on_ready(std::uint32_t events) override;
    void send_waiting();
    void read_answers();
    void on_answer();
    void set_writable_interest(bool on);

    reactor& loop_;
    std::vector<event_group>& groups_;
    std::size_t turn_ = 0;
    tally& counts_;
    unique_fd socket_;
    bool is_connected_ = false;
    bool wants_writable_ = false;
    std::string waiting_; ///< requests that the socket did not take yet
    std::uint64_t outstanding_ = 0;
    std::uint64_t refused_ = 0;
    response_reader response_;
};

} // namespace sluice::load
