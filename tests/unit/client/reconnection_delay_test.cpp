#include <sluice/client/reconnection_delay.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

reconnection_delay::limits within(milliseconds max_backoff)
{
    return {.min_retry = 100ms, .max_retry = 1h, .max_backoff = max_backoff};
}

struct spread {
    milliseconds least = milliseconds::max();
    milliseconds most = milliseconds::min();
};

/// The delays of many clients behind so many failures.
spread after_failures(unsigned failures, milliseconds retry, milliseconds limit)
{
    spread s;
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
        reconnection_delay d{retry, within(limit), seed * 7919};
        milliseconds delay{};
        for (unsigned i = 0; i != failures; ++i) {
            delay = d.after_failure();
        }
        s.least = std::min(s.least, delay);
        s.most = std::max(s.most, delay);
    }
    return s;
}

/// The delays of many clients whose stream named the time and ended.
spread after_streams(milliseconds retry, milliseconds limit)
{
    spread s;
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
        reconnection_delay d{3s, within(limit), seed * 7919};
        d.set_retry(retry);
        auto const delay = d.after_stream();
        s.least = std::min(s.least, delay);
        s.most = std::max(s.most, delay);
    }
    return s;
}

} // namespace

TEST_SUITE("client/reconnection_delay")
{
    TEST_CASE("after a stream · the reconnection time as the stream named it last, and evenly up to a quarter more")
    {
        for (auto const retry : {3000ms, 4211ms}) {
            auto const s = after_streams(retry, 30s);
            CHECK(s.least >= retry);
            CHECK(s.least < retry + retry / 40);
            CHECK(s.most <= retry + retry / 4);
            CHECK(s.most > retry + retry / 5);
        }
        CHECK(after_streams(3000ms, 0s).most == 3s);
    }

    TEST_CASE("after a stream · who asks for no wait gets the least, and a random time, too")
    {
        auto const s = after_streams(0ms, 30s);
        CHECK(s.least >= 100ms);
        CHECK(s.most <= 200ms);
        CHECK(s.most > s.least + 50ms);
        reconnection_delay own{0ms, within(0s), 1};
        CHECK(own.after_stream() == 100ms);
        CHECK(own.after_failure() == 100ms);
    }

    TEST_CASE("no server keeps a client away for longer than the limit; the caller's own time has none")
    {
        reconnection_delay d{2h, within(0s), 1};
        CHECK(d.after_stream() == 2h);
        d.set_retry(24h);
        CHECK(d.after_stream() == 1h);
        CHECK(d.after_failure(48h) == 1h);
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
        CHECK(after_failures(5, 0ms, 30s).most <= 1700ms);
    }

    TEST_CASE("a stream ends the failures")
    {
        reconnection_delay d{1s, within(30s), 1};
        for (int i = 0; i != 20; ++i) {
            (void)d.after_failure();
        }
        CHECK(d.after_stream() <= 1250ms);
        CHECK(d.after_failure() <= 2s);
    }

    TEST_CASE("Retry-After · is the least, and not the same moment for all")
    {
        reconnection_delay d{1s, within(0s), 1};
        CHECK(d.after_failure(5s) == 5s);
        CHECK(d.after_failure(500ms) == 1s);
        reconnection_delay one{1s, within(30s), 1};
        reconnection_delay other{1s, within(30s), 2 * 7919};
        CHECK(one.after_failure(5s) != other.after_failure(5s));
    }
}

} // namespace sluice
