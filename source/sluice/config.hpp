#pragma once

#include <sluice/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

namespace sluice {

class topic_patterns;

/// The longest time that a configuration can have: about a hundred years. Longer ones are cut to it, so that adding
/// one to the present time never overflows a clock.
inline constexpr std::chrono::hours longest_time{24 * 36525};

/// The greatest number of events that a configuration can have; greater ones are cut to it.
inline constexpr std::size_t log_events_limit = std::size_t{1} << 40U;

/// The greatest `log_config::max_event_bytes`, 512 MiB; greater ones are cut to it.
inline constexpr std::size_t event_bytes_limit = std::size_t{512} << 20U;

/// The greatest `log_config::ring_size`.
inline constexpr std::size_t max_ring_size = std::size_t{1} << 24U;

/// What a claim to a session must have in common with the session's owner. If several are set, all are required; if
/// none is, every claim passes.
/// @code
/// config.sessions.ownership = {.user_agent = false, .token = true}; // the same logged-in user, on any device
/// @endcode
struct ownership_rule {
    /// The same `User-Agent`.
    bool user_agent = true;
    /// The same IPv4 /24 or IPv6 /64.
    bool address = false;
    /// The same authenticated subject (`grant::subject`).
    bool token = false;
};

/// How long sessions live, and for how many events they wait. "Range" is what a value may be: `checked` throws for
/// others. A time above `longest_time` is cut to it.
struct session_config {
    /// The most events that a session is replayed; 0: none. Range: any; above `log_events_limit` it is cut to that.
    std::size_t buffer_size = 1000;
    /// How long a session without a connection is kept; 0: it expires at once. Range: from 0.
    std::chrono::milliseconds buffer_ttl = std::chrono::seconds{30};
    /// Whether a client may come back to its session. If not, every connection is a new session that ends with it.
    bool reconnection = true;
    /// How often expired sessions are swept. Range: from 1 ms.
    std::chrono::milliseconds cleanup_interval = std::chrono::seconds{10};
    /// The most sessions, connected or not. Range: any; with 0 every stream is refused.
    std::size_t max_sessions = 1'000'000;
    /// Which claims may continue a session.
    ownership_rule ownership{};
    /// Reconnections of one session within `thrash_window` above which the session is reported as thrashing. Range:
    /// any.
    std::size_t thrash_limit = 10;
};

/// The window in which reconnections of a session are counted.
inline constexpr std::chrono::seconds thrash_window{2};

/// Reconnections of one session within `thrash_window` above which a claim is refused.
inline constexpr std::size_t thrash_refusal_limit = 100;

/// What a heartbeat is on the wire.
enum class heartbeat_style : std::uint8_t {
    event,   ///< the event `heartbeat`, whose id advances the client's last event id
    comment, ///< a line `:`, which clients ignore
};

/// How streams are kept alive, and when they are given up. Ranges and long times as in `session_config`.
struct stream_config {
    /// The reconnection time that clients are told (WHATWG HTML, the `retry` field). Range: from 0.
    std::chrono::milliseconds retry{3000};
    /// A heartbeat goes out when nothing has been written for this long; 0: never. Range: from 0.
    std::chrono::milliseconds heartbeat_interval = std::chrono::seconds{25};
    /// What goes out then: an event or a comment.
    sluice::heartbeat_style heartbeat_style = sluice::heartbeat_style::event;
    /// A stream is closed when its socket has taken nothing for this long; 0: never. Range: from 0.
    std::chrono::milliseconds write_timeout = std::chrono::seconds{5};
    /// A stream is closed when it is further behind the log's head than this, in events. Range: any; what the log holds
    /// is a limit in any case.
    std::uint64_t max_lag = std::numeric_limits<std::uint64_t>::max();
    /// The most streams at once. Range: any; with 0 every stream is refused.
    std::size_t max_connections = 100'000;
    /// When the broker stops, each client is told to come back after a time drawn from `retry` to `retry` + this.
    /// Range: from 0.
    std::chrono::milliseconds drain_spread = std::chrono::seconds{5};
};

/// How much of what was published is kept for clients that lag or resume. The limits hold for events to all sessions
/// and, once more, for events to single sessions, so that neither kind takes the other's place.
struct log_config {
    /// The most events in the log. Range: any, cut to `log_events_limit`; the log holds at least
    /// `session_config::buffer_size`.
    std::size_t max_events = 65536;
    /// The most bytes of memory for the log: the encoded events, and what each shard keeps to find them by type and by
    /// own id. Range: any; the newest event is kept even if it is larger.
    std::size_t max_bytes = std::size_t{64} << 20U;
    /// The most bytes of one event's data; with 0 only events without data can be published. Range: any, cut to
    /// `event_bytes_limit`.
    std::size_t max_event_bytes = std::size_t{1} << 20U;
    /// How many events may be in flight between publishers and the slowest shard. When this many are, publishers wait.
    /// Range: a power of two from 1 to `max_ring_size`.
    std::size_t ring_size = 8192;
};

/// What a broker knows of who has which topics open.
enum class presence_mode : std::uint8_t {
    off,       ///< nothing
    counted,   ///< what `broker::async_presence` answers
    published, ///< that, and it publishes who comes and who leaves (`broker_config::presence`)
};

/// Every limit of a broker. The broker's constructor throws `std::invalid_argument` for a value out of range, and names
/// it.
/// @code
/// sluice::broker_config config;
/// config.sessions.buffer_ttl = std::chrono::minutes{5};
/// config.log.max_bytes = std::size_t{256} << 20U; // 256 MiB
/// sluice::broker hub{{io.get_executor()}, config};
/// @endcode
struct broker_config {
    /// How long sessions wait for their client, and for how many events they wait.
    session_config sessions{};
    /// How streams are kept alive, and when they are given up.
    stream_config streams{};
    /// How much of what was published is kept in memory.
    log_config log{};
    /// What patterns of topics are; null: streams cannot name topics by patterns.
    std::shared_ptr<topic_patterns const> patterns{};
    /// Whether it is known who has which topics open. Streams count that name the topic.
    ///
    /// With `presence_mode::published` the first stream of a subject that opens a topic, and the end of its last, is
    /// published as a private event of the type `presence` about `presence/<topic>`, with the data
    /// `{"subject":"ann","payload":null,"active":true}`: for a subject and topic at most once in a second each way.
    /// What that holds back is published when the second is over, if it is something else than what was published last.
    /// There are no such events about a topic that begins with `presence/` or is too long to have `presence/` in front
    /// of it.
    presence_mode presence = presence_mode::off;
};

/// The configuration as a broker applies it: with times, numbers of events and bytes cut to `longest_time`,
/// `log_events_limit` and `event_bytes_limit`. Throws `std::invalid_argument` for a value out of range, with a text
/// that names the field and its range: `sluice: session_config::cleanup_interval is 0 ms; it is at least 1 ms`.
[[nodiscard]] SLUICE_EXPORT broker_config checked(broker_config c);

} // namespace sluice
