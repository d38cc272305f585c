#include <sluice/delivery/channel.hpp>

#include <sluice/delivery/waiter.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {
namespace {

namespace asio = boost::asio;

/// Notes with what it was called.
struct recorder {
    std::vector<error_code>* calls;
    void operator()(error_code ec) const { calls->push_back(ec); }
};

/// As `recorder`, larger than a waiter has room for, and alive as long as `alive` is shared.
struct large_recorder {
    std::vector<error_code>* calls;
    std::shared_ptr<int> alive;
    std::array<char, 200> ballast{};
    void operator()(error_code ec) const { calls->push_back(ec); }
};

using calls = std::vector<error_code>;

TEST_SUITE_BEGIN("delivery/waiter");

TEST_CASE("dispatch · calls at once on the executor's own thread, post later")
{
    asio::io_context context;
    calls seen;
    waiter w;
    CHECK_FALSE(w);
    asio::post(context, [&] {
        w.store(asio::bind_executor(context, recorder{&seen}));
        CHECK(w);
        w.dispatch(end_reason::removed);
        CHECK(seen == calls{end_reason::removed});
        CHECK_FALSE(w);
        w.store(asio::bind_executor(context, recorder{&seen}));
        w.post({});
        CHECK(seen.size() == 1);
    });
    context.run();
    CHECK(seen == calls{end_reason::removed, error_code{}});
}

TEST_CASE("dispatch · from elsewhere goes by way of the executor")
{
    asio::io_context context;
    calls seen;
    waiter w;
    w.store(asio::bind_executor(context, recorder{&seen}));
    w.dispatch({});
    CHECK(seen.empty());
    context.run();
    CHECK(seen.size() == 1);
}

TEST_CASE("a handler of any size · is kept, called once and destroyed")
{
    auto const alive = std::make_shared<int>();
    calls seen;
    {
        waiter w;
        w.store(large_recorder{&seen, alive});
        CHECK(alive.use_count() == 2);
        asio::io_context context;
        w.drop();
        CHECK(alive.use_count() == 1);
        w.store(asio::bind_executor(context, large_recorder{&seen, alive}));
        w.post(errc::stopped);
        context.run();
        CHECK(seen == calls{errc::stopped});
        CHECK(alive.use_count() == 1);
        w.store(large_recorder{&seen, alive});
    }
    CHECK(alive.use_count() == 1); // The waiter's end destroyed the last one without calling it.
    CHECK(seen.size() == 1);
}

TEST_CASE("a handler · may store itself anew while it is called")
{
    asio::io_context context;
    waiter w;
    int count = 0;
    struct again {
        waiter* w;
        int* count;
        asio::io_context* context;
        void operator()(error_code) const
        {
            if (++*count != 3) {
                w->store(asio::bind_executor(*context, *this));
            }
        }
    };
    asio::post(context, [&] {
        w.store(asio::bind_executor(context, again{&w, &count, &context}));
        while (w) {
            w.dispatch({});
        }
    });
    context.run();
    CHECK(count == 3);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("delivery/channel");

TEST_CASE("notify · resumes the one who waits, and is not kept when nobody does")
{
    asio::io_context context;
    channel c;
    calls seen;
    c.notify();
    c.async_wait(asio::bind_executor(context, recorder{&seen}));
    context.poll();
    CHECK(seen.empty());
    CHECK(c.waiting());
    c.notify();
    context.restart();
    context.poll();
    CHECK(seen == calls{error_code{}});
    CHECK_FALSE(c.waiting());
    CHECK_FALSE(c.ended());
}

TEST_CASE("end · resumes the one who waits with the reason, and every later one; the first reason stands")
{
    asio::io_context context;
    channel c;
    calls seen;
    c.async_wait(asio::bind_executor(context, recorder{&seen}));
    c.end(end_reason::taken_over);
    c.end(end_reason::removed);
    CHECK(c.ended());
    CHECK(c.reason() == end_reason::taken_over);
    context.run();
    CHECK(seen == calls{end_reason::taken_over});

    c.async_wait(asio::bind_executor(context, recorder{&seen}));
    CHECK(seen.size() == 1); // never called from within the call that waits
    CHECK_FALSE(c.waiting());
    context.restart();
    context.run();
    CHECK(seen == calls{end_reason::taken_over, end_reason::taken_over});
}

TEST_CASE("cancel · completes the wait, and the channel is as before")
{
    for (auto const type :
         {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total}) {
        asio::io_context context;
        channel c;
        calls seen;
        asio::cancellation_signal signal;
        auto const wait = [&] {
            c.async_wait(asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(context, recorder{&seen})));
        };
        wait();
        signal.emit(type);
        CHECK_FALSE(c.waiting());
        context.run();
        CHECK(seen == calls{asio::error::operation_aborted});
        signal.emit(type); // nobody waits: nothing happens

        wait();
        c.notify();
        signal.emit(type); // too late
        context.restart();
        context.run();
        CHECK(seen == calls{asio::error::operation_aborted, error_code{}});

        wait();
        signal.emit(type);
        context.restart();
        context.run();
        CHECK(seen.size() == 3);
        CHECK(seen.back() == asio::error::operation_aborted);
    }
}

TEST_CASE("abandon · destroys the one who waits without resuming it")
{
    auto const alive = std::make_shared<int>();
    calls seen;
    channel c;
    c.async_wait(large_recorder{&seen, alive});
    CHECK(alive.use_count() == 2);
    c.abandon();
    CHECK(alive.use_count() == 1);
    CHECK_FALSE(c.waiting());
    CHECK(seen.empty());
}

TEST_CASE("a coroutine · waits again and again, resumed directly within notify")
{
    asio::io_context context;
    channel c;
    int resumed = 0;
    std::optional<error_code> ended_with;
    auto const loop = [&]() -> asio::awaitable<void> {
        try {
            for (;;) {
                co_await c.async_wait(asio::use_awaitable);
                ++resumed;
            }
        } catch (boost::system::system_error const& e) {
            ended_with = e.code();
        }
    };
    asio::co_spawn(context, loop, asio::detached);
    asio::post(context, [&] {
        for (int i = 1; i != 4; ++i) {
            c.notify();
            CHECK(resumed == i);
        }
        c.end(end_reason::shut_down);
        CHECK(ended_with == end_reason::shut_down);
    });
    context.run();
    CHECK(resumed == 3);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
