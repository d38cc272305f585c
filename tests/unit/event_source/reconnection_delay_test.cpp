#include <sluice/event_source/reconnection_delay.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct spread {
    milliseconds least = milliseconds::max();
    milliseconds most = milliseconds::min();
};

/// The delays of many clients behind so many failures.
spread after_failures(unsigned failures, milliseconds retry, milliseconds limit)
{
    spread s;
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
        reconnection_delay d{retry, limit, seed * 7919};
        milliseconds delay{};
        for (unsigned i = 0; i != failures; ++i) {
            delay = d.after_failure();
        }
        s.least = std::min(s.least, delay);
        s.most = std::max(s.most, delay);
    }
    return s;
}

} // namespace

TEST_SUITE("event_source/reconnection_delay")
{
    TEST_CASE("after a stream · just the reconnection time, as the stream named it last")
    {
        reconnection_delay d{3s, 30s, 1};
        CHECK(d.after_stream() == 3s);
        d.set_retry(4211ms);
        CHECK(d.after_stream() == 4211ms);
        d.set_retry(0ms);
        CHECK(d.after_stream() == 0ms);
    }

    TEST_CASE("after failures · the reconnection time, and evenly up to twice as much more each time")
    {
        auto const first = after_failures(1, 1s, 30s);
        CHECK(first.least >= 1s);
        CHECK(first.least < 1100ms);
        CHECK(first.most <= 2s);
        CHECK(first.most > 1900ms);
        auto const third = after_failures(3, 1s, 30s);
        CHECK(third.least < 1400ms);
        CHECK(third.most <= 5s);
        CHECK(third.most > 4600ms);
    }

    TEST_CASE("after failures · up to the limit, however many")
    {
        auto const s = after_failures(60, 1s, 30s);
        CHECK(s.least < 4s);
        CHECK(s.most > 28s);
        CHECK(s.most <= 31s);
        CHECK(after_failures(3, 1s, 0s).most == 1s);
    }

    TEST_CASE("after failures · the largest times make no overflow")
    {
        auto const s = after_failures(60, milliseconds{0x7FFF'FFFF}, milliseconds::max() / 2);
        CHECK(s.least >= milliseconds{0x7FFF'FFFF});
    }

    TEST_CASE("after failures · also where the stream asks for no wait")
    {
        CHECK(after_failures(5, 0ms, 30s).most > 1s);
        CHECK(after_failures(5, 0ms, 30s).most <= 1600ms);
    }

    TEST_CASE("a stream ends the failures")
    {
        reconnection_delay d{1s, 30s, 1};
        for (int i = 0; i != 20; ++i) {
            (void)d.after_failure();
        }
        CHECK(d.after_stream() == 1s);
        CHECK(d.after_failure() <= 2s);
    }

    TEST_CASE("Retry-After · is the least")
    {
        reconnection_delay d{1s, 0s, 1};
        CHECK(d.after_failure(5s) == 5s);
        CHECK(d.after_failure(500ms) == 1s);
    }
}

} // namespace sluice
