#pragma once

#include "random.hpp"
#include <sluice/config.hpp>

#include <cstddef>
#include <string>

namespace sluice::model {

/// The hub of one run.
struct settings {
    broker_config config{};
    std::size_t shards = 1;
    /// Whether some events are private: with them, losses are often not known.
    bool has_private = false;

    /// The most events that a session is replayed.
    [[nodiscard]] std::size_t replay_limit() const noexcept
    {
        return config.sessions.reconnection ? config.sessions.buffer_size : 0;
    }
    /// How many broadcasts the log holds at least, as far as its bytes allow.
    [[nodiscard]] std::size_t log_events() const noexcept;
};

[[nodiscard]] settings draw_settings(random& r);
[[nodiscard]] std::string to_string(settings const& s);

} // namespace sluice::model
