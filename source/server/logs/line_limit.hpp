#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

namespace sluice::server {

/// Limits how many lines of one kind are logged: at most 100 within any second. The others are counted. It does no I/O
/// and reads no clock. Safe from any thread.
class line_limit {
public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr std::size_t most_lines = 100;
    static constexpr std::chrono::seconds period{1};

    /// Whether a line may be written now. If not, it is left out, and `first` says whether the caller must arrange for
    /// `take_left_out` to be called later.
    struct verdict {
        bool write;
        bool first;
    };
    [[nodiscard]] verdict judge(time_point now)
    {
        std::lock_guard const lock{mutex_};
        auto& oldest = free_at_[next_];
        if (now < oldest) {
            ++left_out_;
            return {.write = false, .first = !std::exchange(awaited_, true)};
        }
        oldest = now + period;
        next_ = (next_ + 1) % most_lines;
        return {.write = true, .first = false};
    }

    /// How many lines were left out since the last call.
    [[nodiscard]] std::uint64_t take_left_out()
    {
        std::lock_guard const lock{mutex_};
        awaited_ = false;
        return std::exchange(left_out_, 0);
    }

    /// The caller that got `first` could not arrange it, so the next one gets `first` again.
    void pass_on()
    {
        std::lock_guard const lock{mutex_};
        awaited_ = false;
    }

private:
    [[nodiscard]] static std::array<time_point, most_lines> all_free()
    {
        std::array<time_point, most_lines> times;
        times.fill(time_point::min());
        return times;
    }

    std::mutex mutex_;
    /// For each of the last lines, the time when it is a period ago; the oldest is at `next_`.
    std::array<time_point, most_lines> free_at_ = all_free();
    std::size_t next_ = 0;
    std::uint64_t left_out_ = 0;
    /// `take_left_out` will be called.
    bool awaited_ = false;
};

} // namespace sluice::server
