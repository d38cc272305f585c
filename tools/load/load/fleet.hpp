#pragma once

#include "stream.hpp"

#include <chrono>
#include <cstdint>
#include <deque>

namespace sluice::load {

/// All streams of a run.
class fleet {
public:
    fleet(reactor& loop, const stream_settings& settings, tally& counts)
        : loop_(loop), settings_(settings), counts_(counts)
    {
    }

    /// Opens `count` streams, a bounded number at a time, and returns when all are ready, with the time that
    /// took. Throws std::runtime_error when one fails or the deadline passes.
    std::chrono::nanoseconds open(const endpoint& server, std::size_t count, std::chrono::nanoseconds deadline);

    /// Polls until every stream that stands has every published event, at most `limit`.
    void drain(std::chrono::nanoseconds limit);

    std::size_t size() const { return streams_.size(); }

    /// Events that were published and did not arrive, over all streams.
    std::uint64_t lost() const;

private:
    std::size_t opening() const { return streams_.size() - counts_.ready - counts_.failed; }
    bool has_everything() const { return counts_.delivered >= counts_.published * streams_.size(); }

    reactor& loop_;
    const stream_settings& settings_;
    tally& counts_;
    std::deque<stream> streams_; // streams stay where they are: the reactor holds their addresses
};

} // namespace sluice::load
