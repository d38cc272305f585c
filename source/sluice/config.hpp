#pragma once

#include <sluice/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sluice {

/// Times above this count as this: about a hundred years, with which every clock can still reckon.
inline constexpr std::chrono::hours longest_time{24 * 36525};

/// Numbers of events above this count as this.
inline constexpr std::size_t log_events_limit = std::size_t{1} << 40U;

/// A limit of bytes of an event's data above this counts as this: 512 MiB.
inline constexpr std::size_t event_bytes_limit = std::size_t{512} << 20U;

/// The greatest `log_config::ring_size`.
inline constexpr std::size_t max_ring_size = std::size_t{1} << 24U;

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
    /// The most events that a session is replayed; 0: none.
    std::size_t buffer_size = 1000;
    /// How long a session without a connection is kept; 0: it expires at once. Not negative.
    std::chrono::milliseconds buffer_ttl = std::chrono::seconds{30};
    /// Whether a client may come back to its session; off: every connection is a new session that ends with it.
    bool reconnection = true;
    /// How often expired sessions are swept. At least 1 ms.
    std::chrono::milliseconds cleanup_interval = std::chrono::seconds{10};
    /// The most sessions, connected or not. Any number; with 0 nobody gets in.
    std::size_t max_sessions = 1'000'000;
    /// Who may go on with a session.
    ownership_rule ownership{};
    /// Reconnections of one session within `thrash_window` above which the session is reported as thrashing. Any
    /// number.
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
    /// The reconnection time that clients are told (WHATWG HTML, the `retry` field). Not negative.
    std::chrono::milliseconds retry{3000};
    /// A heartbeat goes out when nothing was written for so long; 0: none. Not negative.
    std::chrono::milliseconds heartbeat_interval = std::chrono::seconds{25};
    /// What goes out then.
    sluice::heartbeat_style heartbeat_style = sluice::heartbeat_style::event;
    /// A stream whose socket takes nothing for so long is closed; 0: it is not. Not negative.
    std::chrono::milliseconds write_timeout = std::chrono::seconds{5};
    /// A stream that is further behind the log's head is closed, in events. Any number; above what the log holds counts
    /// as that.
    std::uint64_t max_lag = std::numeric_limits<std::uint64_t>::max();
    /// The most streams at once. Any number; with 0 nobody gets in.
    std::size_t max_connections = 100'000;
    /// On a drain clients are told to come back after `retry` and up to so much more. Not negative.
    std::chrono::milliseconds drain_spread = std::chrono::seconds{5};
};

/// How much is kept for clients that lag or resume.
struct log_config {
    /// The most events in the log; never less than `session_config::buffer_size`.
    std::size_t max_events = 65536;
    /// The most bytes of memory for the log, as encoded, with what each shard keeps to find events by type and own id.
    /// Any number; the newest event is kept nevertheless.
    std::size_t max_bytes = std::size_t{64} << 20U;
    /// The most bytes of one event's data; with 0 only events without data are published. Above `event_bytes_limit` it
    /// counts as that.
    std::size_t max_event_bytes = std::size_t{1} << 20U;
    /// How many events may be under way between publishers and the slowest shard: a power of two, from 1 to
    /// `max_ring_size`. A publisher waits when they are.
    std::size_t ring_size = 8192;
};

/// Every limit of a broker. Its constructor throws `std::invalid_argument` for values out of range, and says which.
struct broker_config {
    /// How long sessions wait for their client, and for how many events.
    session_config sessions{};
    /// How streams are kept alive, and when they are given up.
    stream_config streams{};
    /// How much of what was published is held in memory.
    log_config log{};
};

/// The configuration as a broker has it: times above `longest_time` and numbers of events above `log_events_limit` are
/// these. Throws `std::invalid_argument`, which names the field, for values out of range.
[[nodiscard]] SLUICE_EXPORT broker_config checked(broker_config c);

} // namespace sluice
