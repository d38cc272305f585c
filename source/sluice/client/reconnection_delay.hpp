#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

namespace sluice {

/// How long an event source waits before its next attempt (WHATWG HTML, 9.2.3 "reestablish the connection").
///
/// After a stream: the reconnection time, and a random time of up to a quarter of it, so that the clients of a server
/// that has gone do not all come back at once. After an attempt that failed: the reconnection time, and a random time
/// of up to as much again, doubled with each further failure up to a limit ("full jitter").
class reconnection_delay {
public:
    /// All at least 0 and at most `longest_wait`.
    struct limits {
        /// The least time, whoever says less.
        std::chrono::milliseconds min_retry;
        /// The most that a server may ask for.
        std::chrono::milliseconds max_retry;
        /// The most random time.
        std::chrono::milliseconds max_backoff;
    };

    reconnection_delay(std::chrono::milliseconds retry, limits const& bounds, std::uint32_t seed);

    /// The stream has named the reconnection time.
    void set_retry(std::chrono::milliseconds retry) noexcept;

    [[nodiscard]] std::chrono::milliseconds after_stream();
    /// Not less than what the server said by `Retry-After`.
    [[nodiscard]] std::chrono::milliseconds after_failure(std::optional<std::chrono::milliseconds> retry_after = {});

private:
    [[nodiscard]] std::chrono::milliseconds draw(std::chrono::milliseconds most);

    limits limits_;
    std::chrono::milliseconds retry_;
    unsigned failures_ = 0;
    std::minstd_rand random_;
};

} // namespace sluice
