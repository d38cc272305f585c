#pragma once

#include "random.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::model {

/// What a step does. All else about it is drawn from the step's own seed, so that a sequence from which steps are taken
/// out does the same in the others.
enum class action : std::uint8_t {
    publish,    ///< a broadcast, or several at once
    send,       ///< an event to single sessions
    connect,    ///< a stream, new or resumed
    drop,       ///< a peer closes its connection
    stall,      ///< a connection takes only some bytes more
    go_on,      ///< a stalled connection takes bytes again
    move_clock, ///< time passes
    disconnect, ///< a session's connection is ended
    remove,     ///< a session is deleted
    mint,       ///< a session is made before its client comes
    list,       ///< the sessions are listed
    topic,      ///< a topic is closed or forgotten
    work,       ///< the shards run some handlers
    settle,     ///< the shards run all that they have
};

struct operation {
    action what = action::settle;
    std::uint64_t seed = 0;
};

[[nodiscard]] std::vector<operation> draw_operations(random& r, std::size_t count);

} // namespace sluice::model
