// Publishing where the thread that publishes is needed by the shards: nobody may wait for itself.
#include "application.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <atomic>
#include <latch>
#include <set>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using namespace test;
namespace asio = boost::asio;

[[nodiscard]] broker_config tiny_ring()
{
    broker_config c;
    c.log.ring_size = 4;
    return c;
}

/// What a publisher was answered.
struct answers {
    std::size_t accepted = 0;
    std::set<std::string> errors;
};

/// Publishes so many events, each as soon as the one before is answered.
[[nodiscard]] answers publish(broker& hub, int count)
{
    answers all;
    for (int i = 0; i != count; ++i) {
        auto const r = hub.broadcast({.data = fmt::format("{}", i)});
        if (r.has_value()) {
            ++all.accepted;
        } else {
            all.errors.insert(r.error().message());
        }
    }
    return all;
}

[[nodiscard]] answers answer_of(std::future<answers>& f)
{
    REQUIRE_MESSAGE(f.wait_until(deadline{}.time()) == std::future_status::ready, "a publisher waits for ever");
    return f.get();
}

/// A pool of two threads with strands of it as shards, and a publisher on each thread, on an executor of the test's
/// choice, that begins when the other one has its thread.
struct two_publishers {
    explicit two_publishers(std::size_t shard_count)
    {
        for (std::size_t i = 0; i != shard_count; ++i) {
            strands.emplace_back(asio::make_strand(pool.get_executor()));
        }
        hub.emplace(strands, tiny_ring());
        for (auto const& s : strands) { // each has run once
            asio::post(s, asio::use_future).get();
        }
    }
    ~two_publishers()
    {
        hub->async_stop(10s, asio::use_future).get();
        pool.join();
    }
    two_publishers(two_publishers const&) = delete;
    two_publishers& operator=(two_publishers const&) = delete;

    [[nodiscard]] std::pair<answers, answers> run(asio::any_io_executor const& a, asio::any_io_executor const& b)
    {
        std::latch both{2};
        auto const work = [this, &both] {
            both.arrive_and_wait();
            return publish(*hub, 2000);
        };
        auto first = asio::post(a, asio::use_future(work));
        auto second = asio::post(b, asio::use_future(work));
        auto of_first = answer_of(first);
        return {std::move(of_first), answer_of(second)};
    }

    asio::thread_pool pool{2};
    std::vector<asio::any_io_executor> strands;
    std::optional<broker> hub;
};

TEST_SUITE_BEGIN("embedding · publishing");

TEST_CASE("handlers that publish on all threads of a pool do not wait for its strands")
{
    std::optional<two_publishers> t;
    std::optional<std::pair<answers, answers>> said;
    SUBCASE("beside one shard")
    {
        t.emplace(1U);
        said = t->run(t->pool.get_executor(), t->pool.get_executor());
    }
    SUBCASE("beside two shards, on strands of their own")
    {
        t.emplace(2U);
        said = t->run(asio::make_strand(t->pool.get_executor()), asio::make_strand(t->pool.get_executor()));
    }
    SUBCASE("within two of three shards")
    {
        t.emplace(3U);
        said = t->run(t->strands[0], t->strands[1]);
    }
    SUBCASE("one within the only shard, one beside it")
    {
        t.emplace(1U);
        said = t->run(t->strands[0], t->pool.get_executor());
    }
    REQUIRE(said);
    for (auto const* const a : {&said->first, &said->second}) {
        for (auto const& e : a->errors) {
            CHECK(e == make_error_code(errc::ring_full).message());
        }
    }
    // What was accepted is published, and nothing else.
    CHECK(t->hub->session_stats().events_published == said->first.accepted + said->second.accepted);
    CHECK(said->first.accepted + said->second.accepted >= 4);
}

TEST_CASE("within the only shard of a pool a publisher does the shard's work, and waits for nobody")
{
    two_publishers t{1};
    auto alone = asio::post(t.strands[0], asio::use_future([&t] { return publish(*t.hub, 2000); }));
    auto const said = answer_of(alone);
    CHECK(said.accepted == 2000);
    CHECK(said.errors.empty());
}

TEST_CASE("threads that run a shard each publish to both, and neither waits for the other for ever")
{
    application app{arrangement::context_per_thread, {}, tiny_ring()};
    std::latch both{2};
    auto const work = [&] {
        both.arrive_and_wait();
        return publish(app.broker(), 2000);
    };
    std::vector<std::future<answers>> running;
    for (auto const& e : app.shard_executors()) {
        running.push_back(asio::post(e, asio::use_future(work)));
    }
    for (auto& r : running) {
        auto const said = answer_of(r);
        CHECK(said.accepted == 2000);
        CHECK(said.errors.empty());
    }
    CHECK(app.broker().session_stats().events_published == 4000);
}

TEST_CASE("a thread of the application's own waits for room, and all that it publishes arrives")
{
    arrangement how{};
    SUBCASE("on one context") { how = arrangement::one_context; }
    SUBCASE("on a context per thread") { how = arrangement::context_per_thread; }
    SUBCASE("on strands of a pool") { how = arrangement::strands_of_a_pool; }
    application app{how, {}, tiny_ring()};
    for (auto const& e : app.shard_executors()) {
        asio::post(e, asio::use_future).get();
    }
    auto publisher = std::async(std::launch::async, [&app] { return publish(app.broker(), 5000); });
    auto const said = answer_of(publisher);
    CHECK(said.accepted == 5000);
    // More at once than the ring holds goes in part by part.
    std::vector<event> const many(50, event{.data = "x"});
    CHECK(app.broker().broadcast(many).has_value());
    CHECK(app.broker().session_stats().events_published == 5050);
}

TEST_CASE("while nobody has run the executors yet, nobody waits")
{
    asio::io_context context;
    broker hub{{context.get_executor()}, tiny_ring()};
    auto const said = publish(hub, 5);
    CHECK(said.accepted == 4);
    CHECK(said.errors.size() == 1);
    std::vector<event> const many(5, event{.data = "x"});
    CHECK(hub.broadcast(many).error() == errc::too_many_events);
    context.poll();
    CHECK(hub.broadcast(many).has_value());
}

TEST_CASE("a stop answers a publisher that waits")
{
    asio::io_context context;
    broker hub{{context.get_executor()}, tiny_ring()};
    // Its thread, which runs it no more but is there, so that the publisher's is another.
    std::latch ran{1};
    std::promise<void> over;
    std::jthread const its_thread{[&, until = over.get_future()] {
        context.poll();
        ran.count_down();
        until.wait();
    }};
    ran.wait();
    std::promise<void> full;
    auto waiting = std::async(std::launch::async, [&] {
        answers all;
        for (;;) {
            if (all.accepted == 4) {
                full.set_value();
            }
            auto const r = hub.broadcast({.data = "x"});
            if (r.has_error()) {
                all.errors.insert(r.error().message());
                return all;
            }
            ++all.accepted;
        }
    });
    full.get_future().get();
    hub.async_stop(1s, asio::bind_executor(context, [] {}));
    auto const said = answer_of(waiting);
    CHECK(said.errors == std::set<std::string>{make_error_code(errc::stopped).message()});
    over.set_value();
    context.restart();
    context.poll();
}

[[nodiscard]] asio::awaitable<error_code> publish_many(broker& hub)
{
    for (int i = 0; i != 500; ++i) {
        auto const token = asio::as_tuple(asio::use_awaitable);
        auto const [ec, receipt] = co_await hub.async_broadcast("t", "x", token);
        if (ec) {
            co_return ec;
        }
    }
    co_return error_code{};
}

TEST_CASE("coroutines on all threads of a pool wait for room without blocking it")
{
    two_publishers t{2};
    auto first = asio::co_spawn(t.pool, publish_many(*t.hub), asio::use_future);
    auto second = asio::co_spawn(t.pool, publish_many(*t.hub), asio::use_future);
    CHECK(first.get() == error_code{});
    CHECK(second.get() == error_code{});
    CHECK(t.hub->session_stats().events_published == 1000);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
