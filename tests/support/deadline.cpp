#include <support/deadline.hpp>

#include <support/failure.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace sluice::test {

int slowness()
{
    static const int factor = std::getenv("SLUICE_TEST_SLOW") != nullptr ? 3 : 1;
    return factor;
}

deadline deadline::unscaled(clock::duration within)
{
    deadline result;
    result.at_ = clock::now() + within;
    return result;
}

int deadline::poll_timeout() const
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - clock::now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, 3'600'000));
}

void eventually(std::string_view what, const std::function<bool()>& predicate, deadline until)
{
    while (!predicate()) {
        if (until.passed()) {
            fail(fmt::format("eventually: {}", what), "it did not become true before the deadline");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

} // namespace sluice::test
