#pragma once

#include <sluice/config.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// Those of a broker's limits that can change while it runs; what each means is said where `broker_config` has it.
struct limits {
    /// `stream_config::max_connections`: streams above it are refused with `errc::too_many_connections`.
    std::size_t max_connections;
    /// `session_config::max_sessions`: sessions above it are refused with `errc::too_many_sessions`.
    std::size_t max_sessions;
    /// `log_config::max_event_bytes`: larger data is refused with `errc::event_too_large`.
    std::size_t max_event_bytes;
    /// `session_config::thrash_limit`, in reconnections within `thrash_window`.
    std::size_t thrash_limit;
    /// `stream_config::max_lag`, in events.
    std::uint64_t max_lag;

    /// Those that the configuration begins with.
    [[nodiscard]] static limits of(broker_config const& c) noexcept
    {
        return {.max_connections = c.streams.max_connections,
                .max_sessions = c.sessions.max_sessions,
                .max_event_bytes = c.log.max_event_bytes,
                .thrash_limit = c.sessions.thrash_limit,
                .max_lag = c.streams.max_lag};
    }

    /// Whether all of them are equal.
    friend bool operator==(limits const&, limits const&) = default;
};

/// @cond internal
/// The limits in force. Safe from any thread; each limit changes by itself, and who reads it sees the old or the new.
class live_limits {
public:
    explicit live_limits(limits const& initial) noexcept { set(initial); }

    void set(limits const& to) noexcept
    {
        max_connections_.store(to.max_connections, std::memory_order_relaxed);
        max_sessions_.store(to.max_sessions, std::memory_order_relaxed);
        max_event_bytes_.store(std::min(to.max_event_bytes, event_bytes_limit), std::memory_order_relaxed);
        thrash_limit_.store(to.thrash_limit, std::memory_order_relaxed);
        max_lag_.store(to.max_lag, std::memory_order_relaxed);
    }

    [[nodiscard]] limits get() const noexcept
    {
        return {.max_connections = max_connections(),
                .max_sessions = max_sessions(),
                .max_event_bytes = max_event_bytes(),
                .thrash_limit = thrash_limit(),
                .max_lag = max_lag()};
    }

    [[nodiscard]] std::size_t max_connections() const noexcept
    {
        return max_connections_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::size_t max_sessions() const noexcept { return max_sessions_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t max_event_bytes() const noexcept
    {
        return max_event_bytes_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::size_t thrash_limit() const noexcept { return thrash_limit_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t max_lag() const noexcept { return max_lag_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::size_t> max_connections_{0};
    std::atomic<std::size_t> max_sessions_{0};
    std::atomic<std::size_t> max_event_bytes_{0};
    std::atomic<std::size_t> thrash_limit_{0};
    std::atomic<std::uint64_t> max_lag_{0};
};
/// @endcond

} // namespace sluice
