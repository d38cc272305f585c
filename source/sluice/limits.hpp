#pragma once

#include <sluice/config.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// The limits of a broker that can change while it runs. `broker_config` says what each one means.
/// @code
/// auto limits = hub.limits();
/// limits.max_connections = 500;
/// hub.set_limits(limits); // streams that are open stay
/// @endcode
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

    /// The limits with which a broker of this configuration starts.
    [[nodiscard]] static limits of(broker_config const& c) noexcept
    {
        return {.max_connections = c.streams.max_connections,
                .max_sessions = c.sessions.max_sessions,
                .max_event_bytes = c.log.max_event_bytes,
                .thrash_limit = c.sessions.thrash_limit,
                .max_lag = c.streams.max_lag};
    }

    /// Whether all limits are equal.
    friend bool operator==(limits const&, limits const&) = default;
};

/// @cond internal
/// The limits in force. Safe from any thread. Each limit is stored by itself: a reader sees the old value or the new,
/// and, while `set` runs, some limits new and others old.
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
