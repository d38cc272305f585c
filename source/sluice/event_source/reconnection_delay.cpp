#include <sluice/event_source/reconnection_delay.hpp>

#include <sluice/event_source/longest_wait.hpp>

#include <algorithm>

namespace sluice {
namespace {

using std::chrono::milliseconds;

/// What the back-off begins with when the stream asks to be back at once: else failures would follow one upon another.
constexpr milliseconds least_backoff{100};

/// The back-off doubles no more than so often: the longest wait, doubled so, is still a number.
constexpr unsigned most_doublings = 30;

} // namespace

reconnection_delay::reconnection_delay(milliseconds retry, milliseconds max_backoff, std::uint32_t seed)
    : retry_{retry}, max_backoff_{max_backoff}, random_{seed}
{
}

milliseconds reconnection_delay::after_stream() noexcept
{
    failures_ = 0;
    return retry_;
}

milliseconds reconnection_delay::after_failure(std::optional<milliseconds> retry_after)
{
    auto const delay = retry_ + draw_backoff();
    failures_ = std::min(failures_ + 1, most_doublings);
    return std::max(delay, retry_after.value_or(milliseconds{0}));
}

milliseconds reconnection_delay::draw_backoff()
{
    auto const base = std::clamp(retry_, least_backoff, longest_wait);
    auto const most = std::min(base * (std::int64_t{1} << failures_), max_backoff_);
    return milliseconds{std::uniform_int_distribution<std::int64_t>{0, most.count()}(random_)};
}

} // namespace sluice
