#include <connections/item_publisher.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

/// A hub with a small ring, and a publisher of lines.
struct small_ring {
    boost::asio::io_context context{1};
    broker hub{{context.get_executor()}, {.sessions = {}, .streams = {}, .log = {.ring_size = 4}}};
    item_publisher publisher{hub, item_terms{.format = item_format::lines}};

    void take(std::string_view part)
    {
        bool done = false;
        boost::asio::co_spawn(context, publisher.async_take(part, false), [&](auto const&) { done = true; });
        while (!done && context.run_one_for(10s) != 0) {
        }
        REQUIRE(done);
    }
};

TEST_SUITE_BEGIN("server/item_publisher");

TEST_CASE("take · where the ring has no room, items wait and none is published twice")
{
    small_ring ring;
    std::string_view part = "1\n2\n3\n";
    CHECK(ring.publisher.try_take(part, false));
    part = "4\n5\n6\n";
    CHECK_FALSE(ring.publisher.try_take(part, false)); // no thread has taken the first three
    CHECK(part.empty());
    CHECK(ring.hub.session_stats().events_published == 3);
    ring.take(part);
    CHECK(ring.hub.session_stats().events_published == 6);
    // More than it ever holds.
    part = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    CHECK_FALSE(ring.publisher.try_take(part, false));
    ring.take(part);
    auto const answer = ring.publisher.answer();
    CHECK(answer.status == 200);
    CHECK(answer.body.starts_with(R"({"count":15,"first":")"));
    CHECK(answer.body.ends_with(R"(-15"})"));
}

TEST_CASE("take · after a bad item nothing is published")
{
    small_ring ring;
    std::string_view part = "1\n\xff\n2\n";
    CHECK(ring.publisher.try_take(part, false));
    CHECK(ring.publisher.gave_up());
    ring.publisher.give_up({.status = 503, .detail = "later"});
    auto const answer = ring.publisher.answer();
    CHECK(answer.status == 400);
    CHECK(answer.body.ends_with(R"("detail":"line 2: the event is not valid UTF-8","count":1})"));
    CHECK(ring.hub.session_stats().events_published == 1);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server
