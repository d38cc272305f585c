#include <sluice/client/pulse.hpp>

#include <doctest/doctest.h>

#include <chrono>

namespace sluice {
namespace {

using namespace std::chrono_literals;

} // namespace

TEST_SUITE("client/pulse")
{
    TEST_CASE("a stream without heartbeats has no deadline, one with has the least, or more where they are rare")
    {
        pulse p;
        p.begin_stream();
        p.on_bytes(50s);
        CHECK(p.deadline(60s) == 0s);
        p.on_heartbeat();
        CHECK(p.deadline(60s) == 125s);
        CHECK(p.deadline(0s) == 0s);
        pulse often;
        often.begin_stream();
        often.on_bytes(20s);
        often.on_heartbeat();
        CHECK(often.deadline(60s) == 60s);
    }

    TEST_CASE("the longest silence counts, of all streams; each has to show that it has heartbeats")
    {
        pulse p;
        p.begin_stream();
        p.on_bytes(100s);
        p.on_heartbeat();
        p.on_bytes(1s);
        p.on_heartbeat();
        CHECK(p.deadline(60s) == 250s);
        p.begin_stream();
        CHECK(p.deadline(60s) == 0s);
        p.on_bytes(1s);
        p.on_heartbeat();
        CHECK(p.deadline(60s) == 250s);
    }

    TEST_CASE("comments are heartbeats from the second on that ends a silence")
    {
        pulse p;
        p.begin_stream();
        p.on_bytes(10ms);
        p.on_comment(); // what a stream begins with
        p.on_bytes(15s);
        p.on_comment();
        p.on_bytes(10ms);
        p.on_comment();
        CHECK(p.deadline(60s) == 0s);
        p.on_bytes(15s);
        p.on_comment();
        CHECK(p.deadline(60s) == 60s);
        p.begin_stream();
        p.on_bytes(15s);
        p.on_comment();
        CHECK(p.deadline(60s) == 0s);
    }
}

} // namespace sluice
