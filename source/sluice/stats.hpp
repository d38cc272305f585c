#pragma once

#include <sluice/session/grant.hpp>
#include <sluice/session/session_id.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What a broker has done and what it holds, summed over its shards.
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
    /// Connections that continued a session.
    std::uint64_t reconnections = 0;
    /// Claims that failed the ownership check.
    std::uint64_t rejected_claims = 0;
    /// Bursts of reconnections of one session above the limit.
    std::uint64_t thrashing_sessions = 0;
    /// Streams closed because their client lagged or took nothing.
    std::uint64_t slow_consumers_dropped = 0;
    /// The time since the broker was made.
    std::chrono::steady_clock::duration uptime{};
};

/// What operators see of a session.
struct session_info {
    /// 32 hexadecimal digits. A secret: whoever has them can claim the session, subject to the ownership check.
    std::string id;
    /// 12 hexadecimal digits that name the session in logs and to observers, where the id would be a leak.
    std::string handle;
    /// Whether it has a connection at the moment.
    bool active = false;
    /// When it was minted, or its first client connected.
    std::chrono::system_clock::time_point created;
    /// When it last got or lost a connection.
    std::chrono::system_clock::time_point last_seen;
    /// How often a client came back to it.
    std::uint64_t reconnections = 0;
    /// Matching events that wait for the session: what a client that resumes now would get.
    std::uint64_t buffered = 0;
    /// Events between the session's position and the log's head.
    std::uint64_t lag = 0;
    /// The place, `<hi>-<lo>`, up to which every matching event has been written to a connection.
    std::string last_event_id;
    /// `session_meta::remote_address`.
    std::string address;
    /// `grant::subject`.
    std::string subject;
    /// `session_meta::user_agent`.
    std::string user_agent;
    /// `session_meta::client_version`.
    std::string client_version;
    /// The types that it gets; empty means all.
    std::vector<std::string> types;
    /// The topics that it asks for; empty means events about any.
    std::vector<std::string> topics;
    /// The patterns of topics that it asks for.
    std::vector<std::string> topic_patterns;
    /// `grant::private_topics`: the topics whose private events it may have.
    topic_selection private_topics;
    /// `grant::expires`: when its grant ends; nothing: it does not.
    std::optional<std::chrono::system_clock::time_point> grant_expires;
};

/// Which sessions `broker::async_list` lists.
/// @code
/// sluice::session_query query;
/// query.subject = "ann";
/// query.active = true; // only those with a connection
/// auto const sessions = co_await hub.async_list(query, asio::use_awaitable);
/// @endcode
struct session_query {
    /// Sessions with a greater id than this; empty: from the first.
    std::optional<session_id> after{};
    /// At most this many.
    std::size_t limit = 100;
    /// Sessions of this `grant::subject`; empty: of any subject or none.
    std::optional<std::string> subject{};
    /// True: sessions with a connection; false: sessions without one; empty: both.
    std::optional<bool> active{};
    /// Sessions that name this topic; empty: whatever they name.
    std::optional<std::string> topic{};
};

} // namespace sluice
