#pragma once

#include <sluice/config.hpp>
#include <sluice/fan_out/event_ring.hpp>
#include <sluice/fan_out/sent_seam.hpp>
#include <sluice/limits.hpp>
#include <sluice/session/handle.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

class observer;

/// What all shards of a broker share. Of these, the publish path writes only the ring.
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

    /// As the broker began; `in_force` has what may have changed since.
    broker_config config;
    live_limits in_force;
    /// What sessions are called where their ids are secret.
    handle_key handles;
    event_ring ring;
    std::size_t shard_count;
    /// One for each shard; written for events to single sessions only.
    std::vector<sent_events> sent;
    observer* watcher;
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> sessions{0};
    /// Publishes that found no room in the ring: those wait anyway.
    std::atomic<std::uint64_t> publishes_delayed{0};
    /// Sessions that sends named and that were not known.
    std::atomic<std::uint64_t> unknown_targets{0};
    std::atomic<bool> stopping{false};
    /// Publishers that have seen that the broker does not stop, and may push yet.
    std::atomic<std::size_t> publishers{0};
};

} // namespace sluice
