#include <sluice/broker.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <model/prefix_patterns.hpp>
#include <polled_hub.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using test::polled_hub;
using strings = std::vector<std::string>;

history_page read(polled_hub& hub, history_query query, std::size_t shard = 0)
{
    auto [ec, page] = hub.run<error_code, history_page>(
        [&](auto handler) { hub.broker().async_history(std::move(query), std::move(handler)); }, shard);
    REQUIRE(ec == error_code{});
    return std::move(page);
}

strings data_of(history_page const& page)
{
    strings data;
    for (auto const& e : page.events) {
        data.push_back(e.data);
    }
    return data;
}

TEST_SUITE_BEGIN("broker · history");

TEST_CASE("async_history · the log's broadcasts in pages, each event whole, on every shard")
{
    broker_config config;
    config.patterns = std::make_shared<model::prefix_patterns>();
    polled_hub hub{config, 2};
    (void)hub.broker().broadcast({.type = "t", .data = "1", .topics = {"a", "b"}, .is_private = true});
    (void)hub.broker().broadcast({.id = "own", .data = "2\n"});
    (void)hub.broker().broadcast({.data = "3", .topics = {"c"}});
    for (std::size_t shard : {0U, 1U}) {
        CAPTURE(shard);
        auto const all = read(hub, {}, shard);
        CHECK(data_of(all) == strings{"1", "2\n", "3"});
        CHECK(all.next.empty());
        auto const& first = all.events.front();
        CHECK(first.type == "t");
        CHECK(first.topics == strings{"a", "b"});
        CHECK(first.is_private);
        CHECK(parse_event_id(first.id)->lo == 1);
        CHECK(all.events[1].id == "own");
        CHECK(all.events[1].timestamp > std::chrono::system_clock::time_point{});

        auto const page = read(hub, {.limit = 2}, shard);
        CHECK(data_of(page) == strings{"1", "2\n"});
        CHECK(parse_event_id(page.next)->lo == 2);
        CHECK(data_of(read(hub, {.since = page.next, .limit = 2}, shard)) == strings{"3"});
        CHECK(data_of(read(hub, {.since = "own"}, shard)) == strings{"3"});
        auto const small = read(hub, {.max_bytes = 1}, shard);
        CHECK(data_of(small) == strings{"1"});
        CHECK(parse_event_id(small.next)->lo == 1);
    }
}

TEST_CASE("async_history · by topics, patterns and types, and no more than the grant gives")
{
    broker_config config;
    config.patterns = std::make_shared<model::prefix_patterns>();
    polled_hub hub{config};
    (void)hub.broker().broadcast({.data = "ab", .topics = {"a", "b"}, .is_private = true});
    (void)hub.broker().broadcast({.type = "t", .data = "no topic"});
    (void)hub.broker().broadcast({.type = "t", .data = "cd", .topics = {"cd"}});
    CHECK(data_of(read(hub, {.topics = {"a"}})) == strings{"ab"});
    CHECK(data_of(read(hub, {.topic_patterns = {"c*"}})) == strings{"cd"});
    CHECK(data_of(read(hub, {.topics = {"*"}})) == strings{"ab", "no topic", "cd"});
    CHECK(data_of(read(hub, {.types = {"t"}})) == strings{"no topic", "cd"});
    auto const public_ones = grant{.subject = {}, .may_subscribe = selection::everything(), .private_topics = {}};
    CHECK(data_of(read(hub, {.grant = public_ones})) == strings{"no topic", "cd"});
    CHECK(data_of(read(hub, {.grant = {}})).empty());
    auto some = public_ones;
    some.private_topics = topic_selection::of({}, {"b*"});
    CHECK(data_of(read(hub, {.topics = {"a"}, .grant = some})) == strings{"ab"});
    // Nothing of the question stays.
    CHECK(data_of(read(hub, {.topics = {"nobody's"}})).empty());
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
