#include "expectations.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <deque>
#include <vector>

using namespace sluice::test;

namespace {

constexpr std::size_t kibibyte = 1024;

void refused_requests(hub& h, const event_stream& owner)
{
    auto thief = resume_of(owner);
    thief.user_agent = "thief";
    event_stream::refused(h.at(), thief);
    event_stream::refused(h.at(), {.accept = "image/png"});
    http_connection broken(h.at());
    broken.send("GET /events HTTP/1.1\nHost: x\n\n");
    CHECK(broken.read_response().status == 400);
}

/// One way of coming and going, each in its turn.
void cycle(hub& h, int number)
{
    event_stream stream(h.at());
    switch (number % 8) {
    case 0:
        stream.close();
        break;
    case 1:
        stream.connected();
        stream.reset();
        break;
    case 2: { // resume after a drop
        stream.reset();
        event_stream again(h.at(), resume_of(stream));
        again.connected();
        break;
    }
    case 3: { // takeover; the old one is left as it is
        event_stream taker(h.at(), resume_of(stream));
        stream.wait_end();
        break;
    }
    case 4:
        refused_requests(h, stream);
        break;
    case 5: { // a request that is never finished
        http_connection half(h.at());
        half.send("POST /broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
        break;
    }
    case 6: // the server ends it
        CHECK(h.post("/disconnect?session=" + stream.session_id()).status == 200);
        stream.wait_end();
        break;
    default: { // something is under way in both directions
        h.send({stream.session_id()}, std::string(20000, 'x'));
        stream.read_some(deadline(), 100);
        stream.reset();
        break;
    }
    }
}

/// More sessions at once, and more held for them, than the cycles ever have however unevenly they run: what the
/// allocator keeps of the busiest moment it has from here on.
void have_busiest_moment(hub& h)
{
    std::deque<event_stream> streams;
    for (int i = 0; i < 200; ++i) {
        h.send({streams.emplace_back(h.at()).session_id()}, std::string(20000, 'x'));
    }
    for (auto& stream : streams) {
        stream.reset();
    }
}

void run_cycles(hub& h, int count)
{
    for (int number = 0; number < count; ++number) {
        CAPTURE(number);
        cycle(h, number);
    }
    eventually("every session has expired", [&] { return h.stat("total_sessions") == 0; });
    CHECK(h.stat("active_clients") == 0);
}

} // namespace

TEST_SUITE("leaks")
{
    TEST_CASE("1,000 connect-and-drop cycles leave descriptors and memory where they were")
    {
        on_one_and_several_threads({"--buffer-ttl", "100ms", "--cleanup-interval", "50ms"}, [](hub& h) {
            CHECK(h.stat("total_sessions") == 0); // the test's own connection stands from now on
            const auto descriptors = h.server().open_descriptors();
            have_busiest_moment(h);
            run_cycles(h, 200);
            const auto threads = h.server().threads();
            std::vector<std::size_t> memory{h.server().resident_bytes()};
            // A leak grows in every round of 1,000; what an allocator keeps for a busier moment than before
            // does not.
            bool settled = false;
            while (!settled && memory.size() < 5) {
                run_cycles(h, 1000);
                eventually("the descriptors are as before",
                           [&] { return h.server().open_descriptors() == descriptors; });
                CHECK(h.server().threads() == threads);
                memory.push_back(h.server().resident_bytes());
                // Sanitizers keep freed memory; without them, less than 64 bytes may be left of a cycle.
                settled = slowness() > 1 || memory.back() <= memory[memory.size() - 2] + 64 * kibibyte;
            }
            CHECK_MESSAGE(settled, fmt::format("resident bytes after each round: {}", fmt::join(memory, ", ")));
            event_stream stream(h.at());
            expect_opening(stream, {});
            expect_live(stream, {h.publish("still serving")});
        });
    }
}
