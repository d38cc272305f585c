#include <sluice/client/reconnection_delay.hpp>

#include <algorithm>

namespace sluice {
namespace {

using std::chrono::milliseconds;

/// Where the back-off begins if the stream asks for a reconnection at once. Without it, failed attempts would follow
/// each other without a pause.
constexpr milliseconds least_backoff{100};

/// How often the back-off doubles at most, so that the longest wait does not overflow.
constexpr unsigned most_doublings = 30;

} // namespace

reconnection_delay::reconnection_delay(milliseconds retry, limits const& bounds, std::uint32_t seed)
    : limits_{bounds}, retry_{std::max(retry, bounds.min_retry)}, random_{seed}
{
}

void reconnection_delay::set_retry(milliseconds retry) noexcept
{
    retry_ = std::max(std::min(retry, limits_.max_retry), limits_.min_retry);
}

milliseconds reconnection_delay::after_stream()
{
    failures_ = 0;
    return retry_ + draw(std::max(retry_ / 4, limits_.min_retry));
}

milliseconds reconnection_delay::after_failure(std::optional<milliseconds> retry_after)
{
    auto const asked = std::min(retry_after.value_or(milliseconds{0}), limits_.max_retry);
    auto const delay = std::max(retry_, asked) + draw(std::max(retry_, least_backoff) * (std::int64_t{1} << failures_));
    failures_ = std::min(failures_ + 1, most_doublings);
    return delay;
}

milliseconds reconnection_delay::draw(milliseconds most)
{
    auto const bounded = std::min(most, limits_.max_backoff);
    return milliseconds{std::uniform_int_distribution<std::int64_t>{0, bounded.count()}(random_)};
}

} // namespace sluice
