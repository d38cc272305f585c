#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sluice {

/// What a claim to a session must have in common with the session's owner; several are required together.
struct ownership_rule {
    /// The same `User-Agent`.
    bool user_agent = true;
    /// The same IPv4 /24 or IPv6 /64.
    bool address = false;
    /// The same authenticated subject.
    bool token = false;
};

/// How sessions live.
struct session_config {
    /// The most events that a session is replayed.
    std::size_t buffer_size = 1000;
    /// How long a session without a connection is kept.
    std::chrono::milliseconds buffer_ttl = std::chrono::seconds{30};
    /// Whether a client may come back to its session; off: every connection is a new session that ends with it.
    bool reconnection = true;
    /// How often expired sessions are swept.
    std::chrono::milliseconds cleanup_interval = std::chrono::seconds{10};
    /// The most sessions, connected or not.
    std::size_t max_sessions = 1'000'000;
    /// Who may go on with a session.
    ownership_rule ownership;
    /// Reconnections of one session within `thrash_window` above which the session is reported as thrashing.
    std::size_t thrash_limit = 10;
};

/// The window in which reconnections of a session are counted.
inline constexpr std::chrono::seconds thrash_window{2};

/// Reconnections of one session within `thrash_window` above which a claim is refused.
inline constexpr std::size_t thrash_refusal_limit = 100;

/// How a heartbeat looks.
enum class heartbeat_style : std::uint8_t {
    event,   ///< `heartbeat`, which moves the client's last event id on
    comment, ///< a line `:`, which no client hands on
};

/// How streams are served.
struct stream_config {
    /// The reconnection time that clients are told (WHATWG HTML, the `retry` field).
    std::chrono::milliseconds retry{3000};
    /// A heartbeat goes out when nothing was written for so long; 0: none.
    std::chrono::milliseconds heartbeat_interval = std::chrono::seconds{25};
    /// What goes out then.
    sluice::heartbeat_style heartbeat_style = sluice::heartbeat_style::event;
    /// A stream whose socket takes nothing for so long is closed.
    std::chrono::milliseconds write_timeout = std::chrono::seconds{5};
    /// A stream that is further behind the log's head is closed, in events; above what the log holds counts as that.
    std::uint64_t max_lag = std::numeric_limits<std::uint64_t>::max();
    /// The most streams at once.
    std::size_t max_connections = 100'000;
    /// On a drain clients are told to come back after `retry` and up to so much more.
    std::chrono::milliseconds drain_spread = std::chrono::seconds{5};
};

/// How much is kept for clients that lag or resume.
struct log_config {
    /// The most events in the log; never less than `session_config::buffer_size`.
    std::size_t max_events = 65536;
    /// The most bytes in the log, as encoded.
    std::size_t max_bytes = std::size_t{64} << 20U;
    /// The most bytes of one event's data.
    std::size_t max_event_bytes = std::size_t{1} << 20U;
    /// How many events may be under way between publishers and the slowest shard; a power of two. A publisher waits
    /// when they are.
    std::size_t ring_size = 8192;
};

/// Every limit of a broker.
struct broker_config {
    /// How long sessions wait for their client, and for how many events.
    session_config sessions;
    /// How streams are kept alive, and when they are given up.
    stream_config streams;
    /// How much of what was published is held in memory.
    log_config log;
};

} // namespace sluice
