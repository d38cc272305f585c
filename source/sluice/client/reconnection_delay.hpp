#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

namespace sluice {

/// How long an event source waits before its next attempt (WHATWG HTML, 9.2.3 "reestablish the connection").
///
/// After a stream it waits for the reconnection time plus a random time of up to a quarter of it, so that the clients
/// of a server that went away do not all come back at once. After a failed attempt the random time is up to the
/// reconnection time, and up to twice as much with each further failure, to a limit ("full jitter"). With 3 s and a
/// limit of 30 s, the third failure in a row waits for 3 s plus up to 12 s.
class reconnection_delay {
public:
    /// Each from 0 to `longest_wait`.
    struct limits {
        /// The least reconnection time, even if the stream asks for less.
        std::chrono::milliseconds min_retry;
        /// The longest time that a server can ask for.
        std::chrono::milliseconds max_retry;
        /// The longest random time.
        std::chrono::milliseconds max_backoff;
    };

    reconnection_delay(std::chrono::milliseconds retry, limits const& bounds, std::uint32_t seed);

    /// The stream has set the reconnection time.
    void set_retry(std::chrono::milliseconds retry) noexcept;

    [[nodiscard]] std::chrono::milliseconds after_stream();
    /// At least the time that the server gave in `Retry-After`.
    [[nodiscard]] std::chrono::milliseconds after_failure(std::optional<std::chrono::milliseconds> retry_after = {});

private:
    [[nodiscard]] std::chrono::milliseconds draw(std::chrono::milliseconds most);

    limits limits_;
    std::chrono::milliseconds retry_;
    unsigned failures_ = 0;
    std::minstd_rand random_;
};

} // namespace sluice
