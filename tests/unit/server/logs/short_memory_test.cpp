// Memory that is short at any one moment: what a log then leaves out, it tells, and the next line comes again.
#include "kept_log.hpp"

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>
#include <logs/bounded_log.hpp>
#include <logs/burst_log.hpp>
#include <logs/line_limit.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace {

/// How many allocations of this thread are left until the one that fails; 0: none does.
thread_local std::size_t until_failure = 0;

/// Whether this allocation fails.
bool fails_now()
{
    if (until_failure == 0) {
        return false;
    }
    --until_failure;
    return until_failure == 0;
}

} // namespace

// For the whole program: what the compiler's library does, but that one call may fail.
void* operator new(std::size_t size)
{
    void* const memory = fails_now() ? nullptr : std::malloc(std::max<std::size_t>(1, size));
    if (memory == nullptr) {
        throw std::bad_alloc{};
    }
    return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

// Asio takes the memory of its operations here.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size)
{
    void* memory = nullptr;
    return fails_now() || ::posix_memalign(&memory, alignment, size) != 0 ? nullptr : memory;
}

namespace sluice::server {
namespace {

/// Runs this with one allocation that fails, the first, the second and so on, until none is left to fail. Before each
/// time `prepare` is called, and after it, when memory is there again, `check`.
template <class Log, class Prepare, class Work, class Check>
void with_each_failure(Prepare const& prepare, Work const& work, Check const& check)
{
    std::size_t failed = 0;
    for (bool more = true; more; failed += more ? 1 : 0) {
        INFO("allocation " << failed + 1);
        boost::asio::io_context home;
        Log log{home};
        test::kept_log const kept;
        prepare(log);
        until_failure = failed + 1;
        try {
            work(log, home);
        } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch): said to the caller
        }
        more = std::exchange(until_failure, 0) == 0;
        home.restart();
        check(log, home, kept);
    }
    CHECK(failed != 0);
}

struct burst : burst_log {
    explicit burst(boost::asio::io_context& home) : burst_log{home, log_level::warn, "it begins", "it is over"} {}
};

struct bounded : bounded_log {
    explicit bounded(boost::asio::io_context& home) : bounded_log{home, log_level::warn, "it happened"} {}
};

TEST_SUITE_BEGIN("server/logs");

TEST_CASE("burst_log · a burst for which memory is short ends, and the next one is told")
{
    auto const prepare = [](burst&) {};
    auto const work = [](burst& log, boost::asio::io_context& home) {
        log.note({{"most", 1}});
        home.poll();
    };
    auto const check = [](burst& log, boost::asio::io_context& home, test::kept_log const& kept) {
        log.note({});
        log.stop();
        home.run();
        CHECK(kept.has("it is over"));
        log.note({});
        CHECK(kept.has("it begins"));
    };
    with_each_failure<burst>(prepare, work, check);
}

TEST_CASE("bounded_log · what is left out is told also where memory was short for the wait")
{
    auto const prepare = [](bounded& log) {
        for (std::size_t i = 0; i != line_limit::most_lines; ++i) {
            log.note({});
        }
    };
    auto const work = [](bounded& log, boost::asio::io_context& home) {
        log.note({});
        home.poll();
    };
    auto const check = [](bounded& log, boost::asio::io_context& home, test::kept_log const& kept) {
        log.note({});
        home.poll();
        log.stop(); // which ends the wait
        home.run();
        CHECK(kept.has("it happened: more lines left out"));
    };
    with_each_failure<bounded>(prepare, work, check);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server
