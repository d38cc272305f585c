#include <sluice/config.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string_view>

namespace sluice {
namespace {

using std::chrono::milliseconds;

void require_time(std::string_view name, milliseconds value, milliseconds least)
{
    if (value < least) {
        throw std::invalid_argument(
            fmt::format("sluice: {} is {} ms; it is at least {} ms", name, value.count(), least.count()));
    }
}

void require_ring_size(std::size_t size)
{
    if (!std::has_single_bit(size) || size > max_ring_size) {
        throw std::invalid_argument(fmt::format(
            "sluice: log_config::ring_size is {}; it is a power of two of at most {}", size, max_ring_size));
    }
}

} // namespace

broker_config checked(broker_config c)
{
    auto& sessions = c.sessions;
    auto& streams = c.streams;
    constexpr milliseconds none{0};
    constexpr milliseconds shortest{1};
    require_time("session_config::buffer_ttl", sessions.buffer_ttl, none);
    require_time("session_config::cleanup_interval", sessions.cleanup_interval, shortest);
    require_time("stream_config::retry", streams.retry, none);
    require_time("stream_config::heartbeat_interval", streams.heartbeat_interval, none);
    require_time("stream_config::write_timeout", streams.write_timeout, none);
    require_time("stream_config::drain_spread", streams.drain_spread, none);
    require_ring_size(c.log.ring_size);

    for (auto* const time : {&sessions.buffer_ttl, &sessions.cleanup_interval, &streams.retry,
                             &streams.heartbeat_interval, &streams.write_timeout, &streams.drain_spread}) {
        *time = std::min<milliseconds>(*time, longest_time);
    }
    sessions.buffer_size = std::min(sessions.buffer_size, log_events_limit);
    c.log.max_events = std::min(c.log.max_events, log_events_limit);
    c.log.max_event_bytes = std::min(c.log.max_event_bytes, event_bytes_limit);
    return c;
}

} // namespace sluice
