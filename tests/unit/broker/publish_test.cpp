#include <sluice/broker.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <polled_hub.hpp>
#include <received.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::claim_of;
using test::id_of;
using test::polled_hub;
using test::take_all;
using test::wanting;
using strings = std::vector<std::string>;

TEST_SUITE_BEGIN("broker · publishing");

TEST_CASE("broadcast · reaches every client in the order of publishing")
{
    polled_hub hub{{}, 2};
    auto const a = hub.try_connect({}, 0).second;
    auto const b = hub.try_connect({}, 1).second;
    REQUIRE(a);
    REQUIRE(b);
    for (int i = 0; i != 5; ++i) {
        hub.publish(std::to_string(i));
    }
    CHECK(take_all(*a) == strings{"0", "1", "2", "3", "4"});
    CHECK(take_all(*b) == strings{"0", "1", "2", "3", "4"});
    CHECK(take_all(*a).empty());
}

TEST_CASE("broadcast · the receipt names count, first and last id, and the streams at that moment")
{
    polled_hub hub;
    auto const c = hub.connect();
    std::vector<event> const events{{.id = "", .type = "", .data = "1"},
                                    {.id = "", .type = "", .data = "2"},
                                    {.id = "own", .type = "", .data = "3"}};
    auto const receipt = hub.broker().broadcast(events);
    REQUIRE(receipt.has_value());
    CHECK(receipt->count == 3);
    CHECK(parse_event_id(receipt->first)->lo == 1);
    CHECK(receipt->last == "own");
    CHECK(receipt->clients == 1);
    hub.settle();
    CHECK(take_all(*c) == strings{"1", "2", "3"});
    CHECK(hub.broker().broadcast(std::vector<event>{}).value().count == 0);
}

TEST_CASE("broadcast · all or none: one bad event and nothing is published")
{
    polled_hub hub;
    auto const c = hub.connect();
    std::vector<event> const events{{.id = "", .type = "", .data = "1"}, {.id = "", .type = "a,b", .data = "2"}};
    CHECK(hub.broker().broadcast(events).error() == errc::invalid_type);
    CHECK(hub.broker().try_broadcast(events).error() == errc::invalid_type);
    hub.settle();
    CHECK(take_all(*c).empty());
    CHECK(hub.broker().session_stats().events_published == 0);
}

TEST_CASE("try_broadcast · answers ring_full and publishes nothing when there is no room")
{
    broker_config c;
    c.log.ring_size = 4;
    polled_hub hub{c};
    auto const client = hub.connect();
    std::vector<event> const two{{.id = "", .type = "", .data = "1"}, {.id = "", .type = "", .data = "2"}};
    CHECK(hub.broker().try_broadcast(two).has_value());
    CHECK(hub.broker().try_broadcast(two).has_value());
    CHECK(hub.broker().try_broadcast(two).error() == errc::ring_full);
    hub.settle();
    CHECK(hub.broker().try_broadcast(two).has_value());
    CHECK(hub.broker().try_broadcast(std::vector<event>(5, two[0])).error() == errc::too_many_events);
    hub.settle();
    CHECK(take_all(*client) == strings{"1", "2", "1", "2", "1", "2"});
}

TEST_CASE("broadcast · on the shard's own thread it does the shard's work while the ring is full")
{
    broker_config c;
    c.log.ring_size = 4;
    polled_hub hub{c};
    auto const client = hub.connect();
    hub.publish("first"); // the shard has run once
    for (int i = 0; i != 20; ++i) {
        CHECK(hub.broker().broadcast({.id = "", .type = "", .data = std::to_string(i)}).has_value());
    }
    CHECK(hub.broker().broadcast(std::vector<event>(11, {.id = "", .type = "", .data = "x"})).has_value());
    hub.settle();
    auto const seen = take_all(*client);
    REQUIRE(seen.size() == 32);
    CHECK(seen[1] == "0");
    CHECK(seen[20] == "19");
}

TEST_CASE("broadcast · from within the shard's work, with no room, answers ring_full")
{
    broker_config c;
    c.log.ring_size = 2;
    polled_hub hub{c};
    auto const client = hub.connect();
    std::optional<error_code> answer;
    client->async_wait(boost::asio::bind_executor(hub.executor(), [&](error_code) {
        // The clients are woken while the shard takes events from the ring.
        while (!answer) {
            auto const r = hub.broker().broadcast({.id = "", .type = "", .data = "again"});
            if (r.has_error()) {
                answer = r.error();
            }
        }
    }));
    hub.publish("x");
    CHECK(answer == errc::ring_full);
    CHECK(take_all(*client).size() == 3); // x, and the two for which there was room
}

TEST_CASE("async_broadcast · waits for room and loses nothing, also when the batch is larger than the ring")
{
    broker_config c;
    c.log.ring_size = 4;
    polled_hub hub{c};
    auto const client = hub.connect();
    std::vector<event> events;
    strings expected;
    for (int i = 0; i != 50; ++i) {
        expected.push_back(std::to_string(i));
        events.push_back({.id = "", .type = "", .data = expected.back()});
    }
    auto const [ec, receipt] = hub.run<error_code, publish_receipt>(
        [&](auto handler) { hub.broker().async_broadcast(events, std::move(handler)); });
    CHECK(ec == error_code{});
    CHECK(receipt.count == 50);
    hub.settle();
    CHECK(take_all(*client) == expected);
}

TEST_CASE("async_send · reaches the named sessions, connected or buffered, and names those that are unknown")
{
    polled_hub hub{{}, 2};
    auto const a = hub.try_connect({}, 0).second;
    auto const b = hub.try_connect({}, 1).second;
    auto c = hub.try_connect({}, 1).second;
    auto const gone = claim_of(*c);
    c = nullptr;
    auto const stranger = to_string(make_session_id());
    auto const [ec, receipt] = hub.send({id_of(*a), gone.claim, stranger, "nonsense", id_of(*a)}, "x", "t");
    CHECK(ec == error_code{});
    CHECK(parse_event_id(receipt.id)->lo == 1);
    CHECK(receipt.unknown == strings{stranger, "nonsense"});
    CHECK(take_all(*a) == strings{"x"}); // named twice, sent once
    CHECK(take_all(*b).empty());
    auto const again = hub.connect(gone);
    CHECK(again->resumed());
    CHECK(take_all(*again) == strings{"R:x"});
    CHECK(hub.send({stranger, "nonsense"}, "x").first == errc::unknown_session);
    CHECK(hub.send({id_of(*a)}, "x", "connected").first == errc::reserved_type);
    CHECK(hub.broker().session_stats().events_published == 1);
}

TEST_CASE("async_send · with no session named is an error, and nobody gets it")
{
    polled_hub hub;
    auto const a = hub.connect();
    CHECK(hub.send({}, "x").first == errc::no_target);
    CHECK(take_all(*a).empty());
    CHECK(hub.broker().session_stats().events_published == 0);
}

TEST_CASE("async_send · takes targets as ids and as texts, one by one")
{
    polled_hub hub;
    auto const a = hub.connect();
    auto const id = a->session().id();
    CHECK(target_list{id}.front() == to_string(id));
    CHECK(target_list{"x", to_string(id), std::string_view{"y"}} == target_list{strings{"x", to_string(id), "y"}});
    auto const [ec, receipt] = hub.run<error_code, send_receipt>(
        [&](auto handler) { hub.broker().async_send({.event = {.data = "x"}, .targets = {id}}, std::move(handler)); });
    CHECK(ec == error_code{});
    CHECK(take_all(*a) == strings{"x"});
}

TEST_CASE("filter · applies to broadcasts and sends, and a client sleeps through what it does not want")
{
    polled_hub hub;
    auto const c = hub.connect(wanting({"a"}));
    int woken = 0;
    c->async_wait(boost::asio::bind_executor(hub.executor(), [&](error_code) { ++woken; }));
    hub.publish("1", "b");
    hub.send({id_of(*c)}, "2", "b");
    CHECK(woken == 0);
    auto const last = hub.publish("3", "a");
    CHECK(woken == 1);
    CHECK(take_all(*c) == strings{"3"});
    hub.send({id_of(*c)}, "4", "a");
    CHECK(take_all(*c) == strings{"4"});
    CHECK(parse_event_id(last)->lo == 3);
}

TEST_CASE("send · each shard is asked once for the sessions that it has, and the unknown are named as they came")
{
    polled_hub hub{{}, 2};
    std::vector<std::string> sessions;
    for (std::size_t i = 0; i != 1000; ++i) {
        auto const [ec, id] =
            hub.run<error_code, session_id>([&](auto handler) { hub.broker().async_mint(std::move(handler)); }, i % 2);
        REQUIRE(ec == error_code{});
        sessions.push_back(to_string(id));
    }
    auto const handlers_for = [&](std::vector<std::string> targets) {
        send_receipt answered;
        hub.broker().async_send(
            {.event = {.id = "", .type = "", .data = "x"}, .targets = std::move(targets)},
            boost::asio::bind_executor(hub.executor(), [&](error_code, send_receipt r) { answered = std::move(r); }));
        auto const ran = hub.settle();
        CHECK_FALSE(answered.id.empty());
        return std::pair{ran, answered.unknown};
    };
    auto const few = handlers_for({sessions[0], sessions[1]});
    auto all = sessions;
    all.insert(all.begin(), "nobody");
    all.insert(all.end(), sessions.begin(), sessions.end());
    all.emplace_back(32, 'f');
    all.emplace_back("nobody");
    auto const many = handlers_for(all);
    CHECK(many.first == few.first);
    CHECK(few.second.empty());
    CHECK(many.second == strings{"nobody", std::string(32, 'f'), "nobody"});
    auto const again = hub.connect({.claim = sessions[7], .last_event_id = "", .meta = {}});
    CHECK(take_all(*again) == strings{"R:x"}); // named twice, sent once
}

TEST_CASE("send · an event to many is held once, and reaches every client that reads, whatever the bounds")
{
    struct row {
        std::string name;
        std::size_t log_events;
        std::size_t log_bytes;
    };
    for (auto const& r : {row{"by number", 10, std::size_t{1} << 30U}, row{"by bytes", 1000, 20'000}}) {
        CAPTURE(r.name);
        broker_config config;
        config.sessions.buffer_size = 10;
        config.log.max_events = r.log_events;
        config.log.max_bytes = r.log_bytes;
        polled_hub hub{config};
        std::vector<std::unique_ptr<client>> readers;
        std::vector<std::string> ids;
        for (int i = 0; i != 100; ++i) {
            readers.push_back(hub.connect());
            ids.push_back(id_of(*readers.back()));
        }
        hub.send(ids, std::string(1000, 'x'));
        auto const [m] = hub.run<broker_metrics>([&](auto handler) { hub.broker().async_metrics(std::move(handler)); });
        CHECK(m.targeted_bytes > 1000);
        CHECK(m.targeted_bytes < 10'000);
        for (auto const& c : readers) {
            CHECK_FALSE(c->done());
            CHECK(take_all(*c) == strings{std::string(1000, 'x')});
        }
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
