#include <sluice/log/log_epoch.hpp>

#include <algorithm>
#include <atomic>

namespace sluice {

std::uint64_t begin_log(std::chrono::system_clock::time_point now) noexcept
{
    static std::atomic<std::uint64_t> newest{0};
    auto const by_clock = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    auto before = newest.load(std::memory_order_relaxed);
    std::uint64_t made = 0;
    do {
        made = std::max(before + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(0, by_clock)));
    } while (!newest.compare_exchange_weak(before, made, std::memory_order_relaxed));
    return made;
}

} // namespace sluice
