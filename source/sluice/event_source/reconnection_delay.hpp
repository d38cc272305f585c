#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

namespace sluice {

/// How long an event source waits before its next attempt (WHATWG HTML, 9.2.3 "reestablish the connection").
///
/// After a stream: the reconnection time. After an attempt that failed: that, and a random time of up to as much again,
/// doubled with each further failure up to a limit ("full jitter").
class reconnection_delay {
public:
    /// Both times are at least 0 and at most `longest_wait`.
    reconnection_delay(std::chrono::milliseconds retry, std::chrono::milliseconds max_backoff, std::uint32_t seed);

    /// The stream has named the reconnection time.
    void set_retry(std::chrono::milliseconds retry) noexcept { retry_ = retry; }

    [[nodiscard]] std::chrono::milliseconds after_stream() noexcept;
    /// Not less than what the server said by `Retry-After`.
    [[nodiscard]] std::chrono::milliseconds after_failure(std::optional<std::chrono::milliseconds> retry_after = {});

private:
    [[nodiscard]] std::chrono::milliseconds draw_backoff();

    std::chrono::milliseconds retry_;
    std::chrono::milliseconds max_backoff_;
    unsigned failures_ = 0;
    std::minstd_rand random_;
};

} // namespace sluice
