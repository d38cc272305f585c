#include "settings.hpp"

#include "prefix_patterns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>

namespace sluice::model {

using namespace std::chrono_literals;

std::size_t settings::log_events() const noexcept
{
    return std::max({config.log.max_events, config.sessions.buffer_size, std::size_t{1}});
}

settings draw_settings(random& r)
{
    settings s;
    s.shards = 1 + r.below(3);
    s.has_private = r.percent(50);
    s.config.patterns = std::make_shared<prefix_patterns>();
    // Changes nothing of what streams get.
    s.config.presence = presence_mode::counted;
    auto& sessions = s.config.sessions;
    sessions.buffer_size = r.one_of<std::size_t>({0, 1, 2, 3, 5, 10, 30, 1000});
    sessions.buffer_ttl = r.one_of<std::chrono::milliseconds>({0ms, 1s, 30s, 30s, 30s});
    sessions.reconnection = !r.percent(8);
    sessions.cleanup_interval = r.one_of<std::chrono::milliseconds>({500ms, 10s});
    sessions.max_sessions = r.one_of<std::size_t>({1'000'000, 1'000'000, 1'000'000, 4, 10});
    sessions.ownership.user_agent = !r.percent(25);
    auto& streams = s.config.streams;
    streams.retry = r.one_of<std::chrono::milliseconds>({3s, 0ms});
    streams.heartbeat_interval = r.one_of<std::chrono::milliseconds>({0s, 1s, 25s});
    streams.heartbeat_style = r.percent(80) ? heartbeat_style::event : heartbeat_style::comment;
    streams.write_timeout = r.one_of<std::chrono::milliseconds>({0s, 5s, 5s});
    constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();
    streams.max_lag = r.one_of<std::uint64_t>({no_limit, no_limit, no_limit, 0, 1, 3, 20});
    streams.max_connections = r.one_of<std::size_t>({100'000, 100'000, 100'000, 2, 5});
    auto& log = s.config.log;
    log.max_events = r.one_of<std::size_t>({1, 3, 10, 50, 65536, 65536});
    log.max_bytes = r.one_of<std::size_t>({64U << 20U, 64U << 20U, 64U << 20U, 10'000, 50'000, 300'000});
    log.ring_size = r.one_of<std::size_t>({1, 2, 8, 64, 1024});
    return s;
}

std::string to_string(settings const& s)
{
    auto const& [sessions, streams, log, patterns, presence] = s.config;
    return fmt::format("shards={} buffer_size={} buffer_ttl={} reconnection={} cleanup_interval={} max_sessions={} "
                       "user_agent={} heartbeat={}{} write_timeout={} max_lag={} max_connections={} log_events={} "
                       "log_bytes={} ring_size={}",
                       s.shards, sessions.buffer_size, sessions.buffer_ttl.count(), sessions.reconnection,
                       sessions.cleanup_interval.count(), sessions.max_sessions, sessions.ownership.user_agent,
                       streams.heartbeat_interval.count(),
                       streams.heartbeat_style == heartbeat_style::event ? "" : " (comment)",
                       streams.write_timeout.count(), streams.max_lag, streams.max_connections, log.max_events,
                       log.max_bytes, log.ring_size);
}

} // namespace sluice::model
