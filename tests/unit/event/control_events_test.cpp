#include <sluice/event/control_events.hpp>

#include <support/stream_parser.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace sluice {
namespace {

using namespace std::chrono_literals;

/// What a client that has the id "before" reads from the block.
test::received_event read_block(std::string_view bytes)
{
    test::stream_parser parser{"before"};
    parser.feed(bytes);
    auto const block = parser.next();
    REQUIRE(block);
    CHECK(parser.unfinished().empty());
    return *block;
}

TEST_SUITE_BEGIN("event/control_events");

TEST_CASE("make_connected · one line of JSON, and sets the retry time and the last id")
{
    auto const b = read_block(make_connected({.retry = 1500ms,
                                              .position = {.hi = 12, .lo = 34},
                                              .session = {.high = 1, .low = 2},
                                              .handle = "0123456789ab",
                                              .reconnection = true,
                                              .buffer_size = 100,
                                              .resumed = true,
                                              .reconnections = 3,
                                              .replay = 4,
                                              .dropped = 5}));
    CHECK(b.type == "connected");
    CHECK(b.retry == 1500);
    CHECK(b.id == "12-34");
    CHECK(b.data == R"({"sessionId":"00000000000000010000000000000002","handle":"0123456789ab","reconnection":true,)"
                    R"("bufferSize":100,"resumed":true,"reconnections":3,"replay":4,"dropped":5})");
    auto const other = read_block(
        make_connected({.position = {}, .session = {}, .handle = {}, .reconnection = false, .dropped = std::nullopt}));
    CHECK(other.data == R"({"sessionId":"00000000000000000000000000000000","handle":"","reconnection":false,)"
                        R"("bufferSize":0,"resumed":false,"reconnections":0,"replay":0,"dropped":null})");
}

TEST_CASE("the small ones · have no id, so they leave the client's alone")
{
    struct row {
        std::string bytes;
        std::string type;
        std::string data;
    };
    for (auto const& r :
         {row{make_buffer_overflow(50, 100), "buffer-overflow", R"({"dropped":50,"kept":100})"},
          row{make_buffer_overflow({}, 0), "buffer-overflow", R"({"dropped":null,"kept":0})"},
          row{make_no_buffer(), "no-buffer", "{}"}, row{make_replay_start(6), "replay-start", R"({"count":6})"},
          row{make_replay_end(), "replay-end", "{}"}}) {
        auto const b = read_block(r.bytes);
        CHECK(b.type == r.type);
        CHECK(b.data == r.data);
        CHECK_FALSE(b.has_id);
        CHECK(b.id == "before");
        CHECK_FALSE(b.retry);
    }
}

TEST_CASE("make_heartbeat · an event that carries the position, or a bare comment")
{
    std::chrono::system_clock::time_point const now{1'700'000'000s + 999ms};
    auto const b = read_block(make_heartbeat(heartbeat_style::event, {7, 8}, now));
    CHECK(b.type == "heartbeat");
    CHECK(b.id == "7-8");
    CHECK(b.data == R"({"timestamp":1700000000})");
    CHECK(make_heartbeat(heartbeat_style::comment, {7, 8}, now) == ":\n");
}

TEST_CASE("make_shutdown · tells the retry time as a field and as data")
{
    auto const b = read_block(make_shutdown(4211ms));
    CHECK(b.type == "shutdown");
    CHECK(b.retry == 4211);
    CHECK(b.data == R"({"retry":4211})");
    CHECK_FALSE(b.has_id);
}

TEST_CASE("draw_retry · is spread over the whole interval and no further")
{
    stream_config c;
    c.retry = 100ms;
    c.drain_spread = 3ms;
    std::set<std::chrono::milliseconds> drawn;
    for (int i = 0; i != 1000; ++i) {
        drawn.insert(draw_retry(c));
    }
    CHECK(drawn == std::set<std::chrono::milliseconds>{100ms, 101ms, 102ms, 103ms});
    c.drain_spread = 0ms;
    CHECK(draw_retry(c) == 100ms);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
