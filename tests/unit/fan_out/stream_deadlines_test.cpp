#include <sluice/fan_out/stream_deadlines.hpp>

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

[[nodiscard]] stream_config times(std::chrono::milliseconds heartbeat, std::chrono::milliseconds write)
{
    stream_config c;
    c.heartbeat_interval = heartbeat;
    c.write_timeout = write;
    return c;
}

struct swept {
    std::vector<deadline_entry*> heartbeats;
    std::vector<deadline_entry*> timeouts;

    swept(stream_deadlines& d, stream_deadlines::clock::time_point now)
    {
        d.sweep(
            now, [this](deadline_entry& e) { heartbeats.push_back(&e); },
            [this](deadline_entry& e) { timeouts.push_back(&e); });
    }
};

} // namespace

TEST_SUITE_BEGIN("fan_out/stream_deadlines");

TEST_CASE("sweep · gives what is due, heartbeats first")
{
    boost::asio::io_context context;
    stream_deadlines d{context.get_executor(), times(20ms, 5ms)};
    auto const start = stream_deadlines::clock::now();
    deadline_entry waits;
    deadline_entry stuck;
    d.await_heartbeat(waits, start);
    d.await_write(stuck, start);
    CHECK(d.blocked_for(stuck, start + 3ms) == 3ms);
    CHECK(swept{d, start + 4ms}.timeouts.empty());

    swept const at_5{d, start + 5ms};
    CHECK(at_5.heartbeats.empty());
    CHECK(at_5.timeouts == std::vector<deadline_entry*>{&stuck});
    swept const at_20{d, start + 20ms};
    CHECK(at_20.heartbeats == std::vector<deadline_entry*>{&waits});
}

TEST_CASE("sweep · an entry that waits for a write no longer waits for its heartbeat")
{
    boost::asio::io_context context;
    stream_deadlines d{context.get_executor(), times(5ms, 20ms)};
    auto const start = stream_deadlines::clock::now();
    deadline_entry e;
    d.await_heartbeat(e, start);
    d.await_write(e, start);
    CHECK(swept{d, start + 5ms}.heartbeats.empty());
    CHECK(swept{d, start + 20ms}.timeouts.size() == 1);
}

TEST_CASE("a time of 0 watches nothing")
{
    boost::asio::io_context context;
    stream_deadlines d{context.get_executor(), times(0ms, 0ms)};
    auto const start = stream_deadlines::clock::now();
    deadline_entry e;
    d.await_heartbeat(e, start);
    d.await_write(e, start);
    CHECK_FALSE(d.needs_arming());
    CHECK(d.blocked_for(e, start + 1s) == 0ms);
    CHECK(swept{d, start + 24h}.timeouts.empty());
}

TEST_CASE("expiry · by the wall clock, the earliest first, and only while it is watched")
{
    boost::asio::io_context context;
    stream_deadlines d{context.get_executor(), times(1h, 1h)};
    auto const now = std::chrono::system_clock::now();
    expiry_entry later;
    expiry_entry past;
    expiry_entry long_past;
    expiry_entry kept;
    CHECK_FALSE(d.needs_arming());
    d.await_expiry(later, now + 1h);
    CHECK(d.needs_arming());
    d.arm([] {});
    CHECK_FALSE(d.needs_arming());
    d.await_expiry(past, now - 1s);
    CHECK(d.needs_arming());
    d.await_expiry(long_past, now - 2s);
    d.await_expiry(kept, now - 3s);
    kept.keep();
    int due = 0;
    d.arm([&] { ++due; });
    context.run_one_for(10s); // the wait for the later deadline, which the earlier one replaced
    context.run_one_for(10s);
    CHECK(due == 1);
    std::vector<expiry_entry*> expired;
    auto const note = [&](expiry_entry& e) { expired.push_back(&e); };
    d.sweep_expired(note);
    CHECK(expired == std::vector<expiry_entry*>{&long_past, &past});
    // Another time replaces the earlier one.
    d.await_expiry(later, now - 1h);
    d.sweep_expired(note);
    CHECK(expired.back() == &later);
    {
        expiry_entry gone;
        d.await_expiry(gone, now - 1s);
    }
    d.sweep_expired(note);
    CHECK(expired.size() == 3);
}

TEST_CASE("arm · is needed for an earlier deadline only, and calls once it is due")
{
    boost::asio::io_context context;
    stream_deadlines d{context.get_executor(), times(1ms, 1h)};
    auto const start = stream_deadlines::clock::now();
    deadline_entry stuck;
    deadline_entry waits;
    int due = 0;
    auto const on_due = [&] { ++due; };

    d.await_write(stuck, start);
    CHECK(d.needs_arming());
    d.arm(on_due);
    CHECK_FALSE(d.needs_arming());
    d.await_heartbeat(waits, start);
    CHECK(d.needs_arming());
    d.arm(on_due);

    context.run_one_for(10s); // the wait for the later deadline, which the earlier one replaced
    context.run_one_for(10s);
    CHECK(due == 1);
    CHECK(swept{d, start + 1ms}.heartbeats.size() == 1);
    CHECK(d.needs_arming()); // for the other entry
}

TEST_SUITE_END();
