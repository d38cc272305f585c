#include <sluice/broker.hpp>

#include <support/stream_parser.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <running_hub.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sluice {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::running_hub;

constexpr std::size_t shards = 3;
constexpr std::size_t publishers = 4;
constexpr std::size_t clients = 12;
constexpr std::size_t events_each = 1500;
constexpr auto last_data = "the end";

/// What one client got: every event's id and data, in order.
struct witness {
    std::string session;
    std::vector<std::pair<std::string, std::string>> seen;
    std::size_t connections = 0;
    std::size_t mismatches = 0; ///< a resume that was told of a loss, or was no resume
};

/// Notes the events of a batch, as a client that stops reading after `limit` of them; returns whether it went
/// on.
bool note(witness& w, batch const& r, std::size_t limit)
{
    test::stream_parser parser;
    parser.feed(r.payload());
    while (auto const block = parser.next()) {
        if (limit-- == 0) {
            return false;
        }
        w.seen.emplace_back(block->id, block->data);
    }
    return true;
}

/// Receives some runs and drops in the middle of one; the later connections stay for the rest.
asio::awaitable<void> receive(client& c, witness& w, std::minstd_rand& random)
{
    bool const to_the_end = w.connections > 60;
    auto runs = to_the_end ? ~0U : 1 + random() % 40;
    for (bool reading = true; reading && runs != 0; --runs) {
        auto [ec, r] = co_await c.async_receive(asio::as_tuple(asio::use_awaitable));
        if (ec) {
            break;
        }
        if (r) {
            bool const whole = to_the_end || random() % 4 != 0;
            reading = note(w, *r, whole ? ~std::size_t{0} : static_cast<std::size_t>(random() % 5));
        }
        reading = reading && w.seen.back().second != last_data;
    }
}

/// One connection of a client, on the shard of whose executor it is awaited. Returns whether it could connect.
asio::awaitable<bool> follow_once(running_hub& hub, witness& w, std::promise<void>& ready, std::minstd_rand& random)
{
    connect_request request{.claim = w.session, .last_event_id = {}, .meta = {}};
    if (!w.seen.empty()) {
        request.last_event_id = w.seen.back().first;
    }
    auto [ec, c] = co_await hub.broker().async_connect(request, asio::as_tuple(asio::use_awaitable));
    if (ec) {
        ++w.mismatches;
        co_return false;
    }
    if (c->plan().dropped != 0 || c->resumed() != (w.connections != 0)) {
        ++w.mismatches;
    }
    if (w.connections++ == 0) {
        w.session = to_string(c->session().id()); // once: the publishers read it
        ready.set_value();
    }
    co_await receive(*c, w, random);
    co_return true;
}

/// Connects, receives some, drops in the middle of a batch, and comes back, on any shard, until the last event is
/// there.
asio::awaitable<void> follow(running_hub& hub, witness& w, std::promise<void>& ready, unsigned seed)
{
    std::minstd_rand random{seed};
    for (bool goes_on = true; goes_on && (w.seen.empty() || w.seen.back().second != last_data);) {
        auto const where = hub.executor(random() % shards);
        auto connection = follow_once(hub, w, ready, random);
        goes_on = co_await asio::co_spawn(where, std::move(connection), asio::use_awaitable);
    }
}

std::string name_of(std::size_t publisher, std::size_t number) { return fmt::format("{}:{}", publisher, number); }

/// What was published: of each event its data, and to whom it went (empty: everybody).
struct published {
    std::mutex guard;
    std::map<std::string, std::string> target_by_data;
};

void publish(running_hub& hub, std::size_t publisher, std::vector<witness> const& all, published& record)
{
    for (std::size_t i = 0; i != events_each; ++i) {
        auto const data = name_of(publisher, i);
        auto const target = i % 5 == 4 ? all[(publisher + i) % all.size()].session : std::string{};
        {
            std::lock_guard const lock{record.guard};
            record.target_by_data.emplace(data, target);
        }
        if (target.empty()) {
            CHECK(hub.broker().broadcast({.id = "", .type = "", .data = data}).has_value());
        } else {
            message m{.event = {.id = "", .type = "", .data = data}, .targets = {target}};
            auto const receipt = hub.broker().async_send(std::move(m), asio::use_future).get();
            CHECK(receipt.unknown.empty());
        }
    }
}

broker_config roomy()
{
    broker_config c;
    c.log.ring_size = 64; // small, so that publishers meet a full ring
    c.log.max_events = 65536;
    c.sessions.buffer_size = 65536;
    c.sessions.thrash_limit = 1'000'000;
    c.sessions.cleanup_interval = 5ms;
    return c;
}

void check_exact(witness const& w, published const& record)
{
    CHECK(w.mismatches == 0);
    std::set<std::string> expected{last_data};
    for (auto const& [data, target] : record.target_by_data) {
        if (target.empty() || target == w.session) {
            expected.insert(data);
        }
    }
    CHECK(w.seen.size() == expected.size());
    std::set<std::string> got;
    std::map<std::string, std::size_t> next; // of each publisher
    event_id before{};
    for (auto const& [id, data] : w.seen) {
        auto const place = parse_event_id(id);
        REQUIRE(place);
        CHECK(*place > before);
        before = *place;
        got.insert(data);
        if (auto const colon = data.find(':'); colon != std::string::npos) {
            auto const number = std::stoul(data.substr(colon + 1));
            CHECK(number >= next[data.substr(0, colon)]);
            next[data.substr(0, colon)] = number + 1;
        }
    }
    CHECK(got == expected);
}

TEST_SUITE_BEGIN("broker");

TEST_CASE("under fire · every client's list is exact, whatever it drops and resumes")
{
    std::vector<witness> all(clients);
    std::vector<std::promise<void>> ready(clients);
    published record;
    running_hub hub{roomy(), shards};
    std::vector<std::future<void>> followers;
    for (std::size_t i = 0; i != clients; ++i) {
        followers.push_back(asio::co_spawn(
            hub.executor(i % shards), follow(hub, all[i], ready[i], static_cast<unsigned>(i + 1)), asio::use_future));
    }
    for (auto& r : ready) {
        r.get_future().get();
    }
    std::atomic<bool> over = false;
    std::jthread reader{[&] {
        while (!over) {
            auto const s = hub.broker().session_stats();
            CHECK(s.active_clients <= clients);
            (void)hub.broker().client_count();
            (void)hub.broker().async_list({}, 5, asio::use_future).get();
        }
    }};
    {
        std::vector<std::jthread> threads;
        for (std::size_t p = 0; p != publishers; ++p) {
            threads.emplace_back([&, p] { publish(hub, p, all, record); });
        }
    }
    CHECK(hub.broker().broadcast({.id = "", .type = "", .data = last_data}).has_value());
    for (auto& f : followers) {
        REQUIRE(f.wait_for(120s) == std::future_status::ready);
        f.get();
    }
    over = true;
    reader.join();
    CHECK(hub.broker().session_stats().events_published == publishers * events_each + 1);
    hub.stop();
    std::size_t resumes = 0;
    for (auto const& w : all) {
        CAPTURE(w.session);
        check_exact(w, record);
        resumes += w.connections - 1;
    }
    CHECK(resumes > clients); // else nothing was put to the test
}

/// Connects, and drops after some events. Returns whether the broker has stopped.
asio::awaitable<bool> come_once(running_hub& hub, std::string& claim, std::minstd_rand& random)
{
    connect_request const request{.claim = claim, .last_event_id = {}, .meta = {}};
    auto [ec, c] = co_await hub.broker().async_connect(request, asio::as_tuple(asio::use_awaitable));
    if (ec == errc::stopped) {
        co_return true;
    }
    CHECK(ec == (ec ? make_error_code(errc::thrashing) : error_code{}));
    if (ec || random() % 3 == 0) {
        claim.clear();
        co_return false;
    }
    claim = to_string(c->session().id());
    for (auto runs = random() % 10; runs != 0; --runs) {
        auto [receive_ec, r] = co_await c->async_receive(asio::as_tuple(asio::use_awaitable));
        if (receive_ec) {
            break;
        }
    }
    co_return false;
}

/// Connects on one shard after the other and drops until the broker stops.
asio::awaitable<void> come_and_go(running_hub& hub, unsigned seed)
{
    std::minstd_rand random{seed};
    std::string claim;
    for (bool stopped = false; !stopped;) {
        auto const where = hub.executor(random() % shards);
        auto connection = come_once(hub, claim, random);
        stopped = co_await asio::co_spawn(where, std::move(connection), asio::use_awaitable);
    }
}

TEST_CASE("async_stop · ends all while publishers publish and clients come and go")
{
    for (unsigned round = 0; round != 5; ++round) {
        running_hub hub{roomy(), shards};
        std::vector<std::future<void>> followers;
        for (std::size_t i = 0; i != clients; ++i) {
            followers.push_back(asio::co_spawn(
                hub.executor(i % shards), come_and_go(hub, static_cast<unsigned>(100 * round + i)), asio::use_future));
        }
        std::atomic<std::size_t> accepted = 0;
        std::vector<std::jthread> threads;
        for (std::size_t p = 0; p != publishers; ++p) {
            threads.emplace_back([&] {
                for (;;) {
                    auto const r = hub.broker().broadcast({.id = "", .type = "", .data = "x"});
                    if (r.has_error()) {
                        CHECK(r.error() == errc::stopped);
                        return;
                    }
                    ++accepted;
                }
            });
        }
        while (accepted < 2000) {
            std::this_thread::yield();
        }
        hub.stop();
        for (auto& f : followers) {
            REQUIRE(f.wait_for(30s) == std::future_status::ready);
            f.get();
        }
        threads.clear();
        CHECK(hub.broker().client_count() == 0);
        CHECK(hub.broker().session_stats().events_published == accepted);
    }
}

constexpr std::size_t rooms = 40;

std::string room(std::size_t number) { return fmt::format("room {}", number); }

/// Waits without an exception: the library that counts the owners of one is not compiled for the thread sanitizer.
result<publish_receipt> publish_in_time(running_hub& hub, std::vector<event> const& batch)
{
    auto const done = std::make_shared<std::promise<result<publish_receipt>>>();
    hub.broker().async_broadcast(batch, [done](error_code ec, publish_receipt receipt) {
        done->set_value(ec ? result<publish_receipt>{ec} : result<publish_receipt>{std::move(receipt)});
    });
    return done->get_future().get();
}

/// Publishes to drawn rooms, one event or a batch, until all are closed, which it does now and then. Returns the ids of
/// the last events by which it closed rooms.
std::map<std::string, std::string> talk(running_hub& hub, unsigned seed)
{
    std::minstd_rand random{seed};
    std::map<std::string, std::string> closed;
    for (std::size_t refused_in_a_row = 0; refused_in_a_row != 20 * rooms;) {
        auto const topic = room(random() % rooms);
        std::vector<event> batch(random() % 8 == 0 ? 100 : 1 + random() % 3, {.data = "x", .topics = {topic}});
        batch.back().last = random() % 30 == 0;
        auto const receipt = random() % 2 == 0 ? hub.broker().broadcast(batch) : publish_in_time(hub, batch);
        bool const is_closed = receipt.has_error() && receipt.error() == errc::topic_closed;
        // Where a batch of another is under way, the call that must not wait fails.
        CHECK((receipt.has_value() || is_closed || receipt.error() == errc::ring_full));
        refused_in_a_row = is_closed ? refused_in_a_row + 1 : 0;
        if (receipt.has_value() && batch.back().last) {
            closed.emplace(topic, receipt->last);
        }
    }
    return closed;
}

TEST_CASE("last · nothing is behind the end of a topic, whoever publishes to it and closes it")
{
    running_hub hub{roomy(), shards};
    std::vector<std::map<std::string, std::string>> closed(publishers);
    {
        std::vector<std::jthread> threads;
        for (std::size_t p = 0; p != publishers; ++p) {
            threads.emplace_back([&, p] { closed[p] = talk(hub, static_cast<unsigned>(p + 1)); });
        }
    }
    std::map<std::string, std::string> ends;
    for (auto const& some : closed) {
        for (auto const& [topic, id] : some) {
            CHECK(ends.emplace(topic, id).second); // once
        }
    }
    CHECK(ends.size() == rooms);
    for (auto const& [topic, end] : ends) {
        CAPTURE(topic);
        CHECK(hub.broker().is_closed(topic));
        history_query query{.topics = {topic}, .limit = 1};
        std::string newest;
        do {
            auto const page = hub.broker().async_history(query, asio::use_future).get();
            newest = page.events.empty() ? "" : page.events.back().id;
            query.since = page.next;
        } while (!query.since.empty());
        CHECK(newest == end);
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
