#pragma once

#include <sluice/session/session_id.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What a broker has done and holds, summed over its shards.
struct session_stats {
    /// Streams that are connected.
    std::uint64_t active_clients = 0;
    /// Sessions, connected or not.
    std::uint64_t total_sessions = 0;
    /// Sessions without a connection.
    std::uint64_t buffered_sessions = 0;
    /// Broadcasts and sends, each once.
    std::uint64_t events_published = 0;
    /// Published events, once for each stream they were written to, replays included.
    std::uint64_t events_delivered = 0;
    /// Bytes written to the bodies of streams; the framing of HTTP is not counted.
    std::uint64_t bytes_delivered = 0;
    /// Connections that went on with a session.
    std::uint64_t reconnections = 0;
    /// Claims that failed the ownership check.
    std::uint64_t rejected_claims = 0;
    /// Bursts of reconnections of one session above the limit.
    std::uint64_t thrashing_sessions = 0;
    /// Streams closed because their client lagged or took nothing.
    std::uint64_t slow_consumers_dropped = 0;
    /// Since the broker was made.
    std::chrono::steady_clock::duration uptime{};
};

/// What others may see of a session.
struct session_info {
    /// 32 hexadecimal digits. Who has them may claim the session, subject to the ownership check.
    std::string id;
    /// 12 hexadecimal digits: what logs and observers call the session, where the id must not stand.
    std::string handle;
    /// Whether it has a connection now.
    bool active = false;
    /// When a client first came, or when it was minted.
    std::chrono::system_clock::time_point created;
    /// When it last got or lost a connection.
    std::chrono::system_clock::time_point last_seen;
    /// How often a client came back to it.
    std::uint64_t reconnections = 0;
    /// Matching events that wait for the session and would reach it now.
    std::uint64_t buffered = 0;
    /// Events between the session's position and the log's head.
    std::uint64_t lag = 0;
    /// The place, `<hi>-<lo>`, up to which every matching event was written to a connection.
    std::string last_event_id;
    /// `session_meta::remote_address`.
    std::string address;
    /// `session_meta::subject`.
    std::string subject;
    /// `session_meta::user_agent`.
    std::string user_agent;
    /// `session_meta::client_version`.
    std::string client_version;
    /// The filter; empty: all types.
    std::vector<std::string> types;
};

/// Which sessions `broker::async_list` lists.
struct session_query {
    /// Those with a greater id; nothing: from the first.
    std::optional<session_id> after;
    /// So many at most.
    std::size_t limit = 100;
    /// Those of this `session_meta::subject`; nothing: of any, or none.
    std::optional<std::string> subject;
    /// Those that have a connection now, or those that have none; nothing: both.
    std::optional<bool> active;
};

} // namespace sluice
