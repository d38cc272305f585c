#pragma once

#include <algorithm>
#include <chrono>

namespace sluice {

/// Whether a stream has heartbeats, and how long it is silent between them: so a deadline is known that nobody has set.
///
/// A `heartbeat` event is one, and so are comments that end a silence, from the second on: servers also begin a stream
/// with one.
class pulse {
public:
    /// Another stream: whether that has heartbeats is to be seen.
    void begin_stream() noexcept
    {
        beating_ = false;
        comments_ = 0;
    }
    /// Bytes have come, after waiting so long for them.
    void on_bytes(std::chrono::milliseconds silence) noexcept { silence_ = silence; }
    /// They were a `heartbeat`.
    void on_heartbeat() noexcept
    {
        beating_ = true;
        longest_ = std::max(longest_, silence_);
    }
    /// They were no event, but a comment.
    void on_comment() noexcept
    {
        if (silence_ >= least_silence && ++comments_ > 1) {
            on_heartbeat();
        }
    }

    /// How long a silence means that the stream is dead: at least `least`, and somewhat more than twice the longest
    /// that a heartbeat has ended. 0: not known, or `least` is 0.
    [[nodiscard]] std::chrono::milliseconds deadline(std::chrono::milliseconds least) const noexcept
    {
        if (!beating_ || least.count() == 0) {
            return std::chrono::milliseconds{0};
        }
        return std::max(least, longest_ * 5 / 2);
    }

private:
    static constexpr std::chrono::milliseconds least_silence{500};

    std::chrono::milliseconds silence_{0};
    /// Of all streams: one that was read late seems to have been silent for less.
    std::chrono::milliseconds longest_{0};
    unsigned comments_ = 0;
    bool beating_ = false;
};

} // namespace sluice
