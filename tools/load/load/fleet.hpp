#pragma once

#include "stream.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace sluice::load {

/// All streams of a run.
class fleet {
public:
    /// At most `max_connecting` connections are under way at a time.
    fleet(const stream_context& context, std::size_t max_connecting)
        : context_(context), max_connecting_(max_connecting)
    {
    }

    /// A stream more, which is away.
    stream& add(event_group& group);

    /// Connects all streams and returns when they are live, with the time that took. Throws std::runtime_error when one
    /// fails or the deadline passes.
    std::chrono::nanoseconds open(std::chrono::nanoseconds deadline);

    /// Every stream that is live closes its connection.
    void drop_all();

    /// Brings back the streams that are away, and polls until every stream that reads is live and has every event that
    /// was published for it, at most `limit`; true when it has come so far. A stream that ended is not waited for, nor
    /// is, later on, what was missing at the limit.
    bool drain(std::chrono::nanoseconds limit);

    /// The next in turn, all over and over again.
    stream& next_in_turn();
    bool has_room_to_connect() const { return context_.counts.in(stream_state::connecting) < max_connecting_; }

    std::size_t size() const { return streams_.size(); }
    std::uint64_t lost() const;
    std::uint64_t told_lost() const;

private:
    void connect_some();
    bool is_settled(const stream& which) const;

    const stream_context& context_;
    std::size_t max_connecting_;
    std::deque<stream> streams_; // streams stay where they are: the reactor holds their addresses
    std::size_t connect_at_ = 0; ///< where the search for streams that are away goes on
    std::size_t turn_ = 0;
};

} // namespace sluice::load
