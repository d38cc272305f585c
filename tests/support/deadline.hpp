#pragma once

#include <chrono>
#include <functional>
#include <string_view>

namespace sluice::test {

/// 3 when the environment has SLUICE_TEST_SLOW (sanitizers), else 1.
int slowness();

/// A moment by which something must have happened. Made from a duration it counts from now, times slowness():
/// it is an upper bound only, so a slow build may take longer without a test becoming weaker.
class deadline {
public:
    using clock = std::chrono::steady_clock;

    deadline() : deadline(std::chrono::seconds(10)) {}
    template <class Rep, class Period>
    deadline(std::chrono::duration<Rep, Period> within) // NOLINT(google-explicit-constructor)
        : at_(clock::now() + std::chrono::duration_cast<clock::duration>(within) * slowness())
    {
    }

    /// A deadline that slowness() does not stretch, for "nothing comes within this time".
    static deadline unscaled(clock::duration within);

    [[nodiscard]] bool passed() const { return clock::now() >= at_; }
    /// What is left as poll(2) wants it: never negative, rounded up.
    [[nodiscard]] int poll_timeout() const;
    [[nodiscard]] clock::time_point time() const { return at_; }

private:
    clock::time_point at_;
};

/// Polls every 5 ms until the predicate holds; fails the test, naming `what`, when the deadline passes first.
/// For state of the server that announces itself by no event, such as the counters of /stats.
void eventually(std::string_view what, const std::function<bool()>& predicate, deadline until = {});

} // namespace sluice::test
