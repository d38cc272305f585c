#pragma once

#include <algorithm>
#include <chrono>

namespace sluice {

/// Learns whether a stream has heartbeats and how far apart they are, so that a dead stream can be noticed although no
/// deadline was configured.
///
/// A `heartbeat` event counts as one. So does a comment after a silence, from the second on: the first may be one with
/// which many servers begin a stream.
class pulse {
public:
    /// A new stream begins. It is not known yet whether it has heartbeats.
    void begin_stream() noexcept
    {
        beating_ = false;
        comments_ = 0;
    }
    /// Bytes have arrived after a silence of this length.
    void on_bytes(std::chrono::milliseconds silence) noexcept { silence_ = silence; }
    /// The bytes were a `heartbeat`.
    void on_heartbeat() noexcept
    {
        beating_ = true;
        longest_ = std::max(longest_, silence_);
    }
    /// The bytes were a comment.
    void on_comment() noexcept
    {
        if (silence_ >= least_silence && ++comments_ > 1) {
            on_heartbeat();
        }
    }

    /// After how long a silence the stream counts as dead: `least`, or two and a half times the longest interval
    /// between heartbeats if that is more. 0 if the stream has no heartbeats or `least` is 0.
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
    /// Over all streams so far, because a stream whose bytes are read late seems to have shorter silences.
    std::chrono::milliseconds longest_{0};
    unsigned comments_ = 0;
    bool beating_ = false;
};

} // namespace sluice
