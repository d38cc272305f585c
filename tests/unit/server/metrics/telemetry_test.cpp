// With threads of the test's own, one of which it blocks.
#include <metrics/telemetry.hpp>

#include <support/deadline.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>
#include <logs/logging.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <deque>
#include <future>
#include <semaphore>
#include <sstream>
#include <string>
#include <thread>

using sluice::server::telemetry;
using sluice::test::eventually;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr auto interval = 5ms;
/// What the broker of the numbers has under way at most.
constexpr std::uint64_t ring_size = 256;
/// A busy machine makes a shard late now and then; one that is blocked would be so often if each round counted.
constexpr std::uint64_t some = ring_size / 4;

/// An event loop that a thread runs, as a worker of the server is.
class loop {
public:
    loop() = default;
    loop(loop const&) = delete;
    loop& operator=(loop const&) = delete;
    ~loop() { finish(); }

    [[nodiscard]] asio::any_io_executor executor() { return context_.get_executor(); }

    /// Has the thread do nothing until `go_on`.
    void block()
    {
        asio::post(context_, [this] {
            blocked_.release();
            go_on_.acquire();
        });
        blocked_.acquire();
    }
    void go_on() { go_on_.release(); }
    /// Ends the thread. The context stays, for what refers to it outlives it.
    void finish()
    {
        work_.reset();
        context_.stop();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

private:
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    std::binary_semaphore blocked_{0};
    std::binary_semaphore go_on_{0};
    std::jthread thread_{[this] { context_.run(); }};
};

/// Takes over the log for a while.
class captured_log {
public:
    captured_log()
    {
        spdlog::set_default_logger(
            std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
        spdlog::set_formatter(sluice::server::make_log_formatter(sluice::server::log_format::text));
    }
    ~captured_log() { spdlog::set_default_logger(before_); }
    captured_log(captured_log const&) = delete;
    captured_log& operator=(captured_log const&) = delete;

    /// To be read when nothing logs any more.
    [[nodiscard]] std::string text() const { return text_.str(); }
    [[nodiscard]] std::size_t count(std::string const& part) const
    {
        std::size_t found = 0;
        auto const all = text();
        for (auto at = all.find(part); at != std::string::npos; at = all.find(part, at + 1)) {
            ++found;
        }
        return found;
    }

private:
    std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
    std::ostringstream text_;
};

} // namespace

TEST_SUITE("unit/server/telemetry")
{
    TEST_CASE("self-check · a blocked thread is late until it goes on, and the others are served meanwhile")
    {
        captured_log log;
        std::deque<loop> loops(2);
        std::vector const executors{loops[0].executor(), loops[1].executor()};
        sluice::broker watched{executors};
        telemetry numbers{executors, watched, interval};
        numbers.start();
        auto const published = [&] { return numbers.source().session_stats().events_published; };
        auto const delivered = [&] { return numbers.source().session_stats().events_delivered; };
        eventually("three rounds", [&] { return numbers.self_check().latency.count() >= 3; });

        loops[1].block();
        eventually("a shard is late", [&] { return numbers.self_check().late_now >= 1; });
        auto const before = numbers.self_check();
        auto const published_before = published();
        auto const delivered_before = delivered();
        // Until the ring is full of what the shard has not read, and some events had no room.
        auto newest = published();
        int unchanged = 0;
        eventually("a full ring", [&] {
            auto const now = published();
            unchanged = now == newest ? unchanged + 1 : 0;
            newest = now;
            return unchanged == 20;
        });
        CHECK(newest >= published_before + ring_size - 5);
        CHECK(delivered() >= delivered_before + ring_size - 10);
        auto const meanwhile = numbers.self_check();
        CHECK(meanwhile.late_now >= 1);
        CHECK(meanwhile.times_late - before.times_late < some);
        // One may have lacked the other shard's answer alone.
        CHECK(meanwhile.latency.count() <= before.latency.count() + 1);

        loops[1].go_on();
        eventually("no shard is late", [&] { return numbers.self_check().late_now == 0; });
        auto const after = numbers.self_check();
        auto const longest_due = std::chrono::nanoseconds{(ring_size - 10) * interval}.count();
        CHECK(after.latency.sum() >= static_cast<double>(longest_due));
        CHECK(after.latency.count() > before.latency.count());
        eventually("rounds as before",
                   [&] { return numbers.self_check().latency.count() >= after.latency.count() + 3; });

        numbers.async_stop(5s, asio::use_future).wait();
        watched.async_stop(5s, asio::use_future).wait();
        loops[0].finish();
        loops[1].finish();
        INFO(log.text());
        auto const warned = log.count("warning self-check late, a thread is blocked or overloaded: shard=1 waited_ms=");
        CHECK(warned >= 1);
        CHECK(warned < some);
        CHECK(log.count("info self-check back: shard=1 waited_ms=") == warned);
    }
}
