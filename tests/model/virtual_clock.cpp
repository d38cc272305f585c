#include "virtual_clock.hpp"

namespace sluice::model {
namespace {

using namespace std::chrono_literals;

std::chrono::milliseconds moved{0};

constexpr auto steady_start = 1h;
/// In 2030.
constexpr auto wall_start = 1'900'000'000s;

} // namespace

std::chrono::milliseconds clock_now() noexcept { return moved; }

void move_clock(std::chrono::milliseconds by) noexcept { moved += by; }

} // namespace sluice::model

// The executable's definitions take the place of those in the shared standard library.
std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept
{
    return time_point{sluice::model::steady_start + sluice::model::moved};
}

std::chrono::system_clock::time_point std::chrono::system_clock::now() noexcept
{
    return time_point{sluice::model::wall_start + sluice::model::moved};
}
