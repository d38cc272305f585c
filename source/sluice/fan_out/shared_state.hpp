#pragma once

#include <sluice/config.hpp>
#include <sluice/fan_out/closed_topics.hpp>
#include <sluice/fan_out/event_ring.hpp>
#include <sluice/fan_out/sent_seam.hpp>
#include <sluice/limits.hpp>
#include <sluice/session/handle.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice {

class observer;

/// What all shards of a broker share. Of these, the publish path writes only the ring, and for events with topics the
/// lock of the closed ones.
struct shared_state {
    shared_state(broker_config const& c, std::size_t shards, std::uint64_t epoch, observer* o)
        : config{c},
          in_force{limits::of(c)},
          ring{c.log.ring_size, shards, epoch},
          shard_count{shards},
          sent(shards),
          watcher{o}
    {
    }

    /// The configuration at the start; `in_force` has the limits that may have changed since.
    broker_config config;
    live_limits in_force;
    /// Makes the handles of sessions.
    handle_key handles;
    event_ring ring;
    closed_topics closed;
    /// Marks in the order of events, which are no events.
    std::atomic<std::uint64_t> marks{0};
    std::size_t shard_count;
    /// Written for events to single sessions, and when a session moves.
    sent_board sent;
    observer* watcher;
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> sessions{0};
    /// Publishing calls that found no room in the ring and waited.
    std::atomic<std::uint64_t> publishes_delayed{0};
    /// Unknown sessions that were named when events were sent.
    std::atomic<std::uint64_t> unknown_targets{0};
    std::atomic<bool> stopping{false};
    /// Publishers that have seen that the broker is not stopping, and may still push.
    std::atomic<std::size_t> publishers{0};
};

} // namespace sluice
