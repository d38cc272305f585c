// What a stream makes of its connections: what it asks with, and what counts as lost, doubled or out of order over all
// of them.

#include "../load/fleet.hpp"
#include "scripted_server.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace sluice::load;

namespace {

constexpr auto head = "HTTP/1.1 200 OK\r\nSet-Cookie: s=1; Path=/\r\n\r\n";

/// One stream, or several, of one group on a server that a test plays.
struct stage {
    stage()
    {
        counts.measured_from_ns = 0;
        group.published = 0;
    }

    options chosen;
    reactor loop;
    scripted_server server{loop};
    endpoint address = server.address();
    tally counts;
    std::vector<event_group> groups = make_groups(chosen, address, address);
    event_group& group = groups.front();
    token_list tokens{{}};
    stream_context context{loop, address, counts, "connected", "buffer-overflow", tokens};
    fleet streams{context, 10};

    std::string event(std::uint64_t sequence, const std::string& before = "") const
    {
        return before + "id: e" + std::to_string(sequence) +
               "\nevent: load\ndata: " + group.payload.write({sequence, 1}) + "\n\n";
    }

    std::string events(std::uint64_t first, std::uint64_t last) const
    {
        std::string text;
        for (; first < last; ++first) {
            text += event(first);
        }
        return text;
    }

    void poll_until(const std::function<bool()>& is_done)
    {
        for (int tries = 0; tries < 10'000 && !is_done(); ++tries) {
            loop.poll(std::chrono::milliseconds(1));
        }
        REQUIRE(is_done());
    }

    /// Connects `which` and lets the server say that it is live, and what comes behind that; returns the request.
    std::string go_live(stream& which, const std::string& text = "")
    {
        which.connect();
        auto request = server.accept();
        server.send(head + ("event: connected\ndata: {}\n\n" + text));
        poll_until([&] { return which.is(stream_state::live); });
        return request;
    }

    void await_delivered(std::uint64_t count)
    {
        poll_until([&] { return counts.delivered >= count; });
    }
};

} // namespace

TEST_SUITE_BEGIN("load/stream");

TEST_CASE("a client that comes back says which event it had last, and sends its cookie")
{
    stage on;
    auto& client = on.streams.add(on.group);
    on.group.published = 5;
    const auto first = on.go_live(client, on.events(0, 3));
    CHECK(first.find("Last-Event-ID") == std::string::npos);
    CHECK(first.find("Cookie") == std::string::npos);
    on.await_delivered(3);

    client.drop();
    CHECK(on.counts.in(stream_state::away) == 1);
    const auto second = on.go_live(client, on.events(3, 5));
    CHECK(second.find("\r\nLast-Event-ID: e2\r\n") != std::string::npos);
    CHECK(second.find("\r\nCookie: s=1\r\n") != std::string::npos);
    on.await_delivered(5);
    CHECK(client.check().has_all());
    CHECK(on.counts.duplicated + on.counts.misordered + on.counts.unexpected + on.counts.closed == 0);
}

TEST_CASE("each connection sends the next token")
{
    stage on;
    on.tokens = token_list({"first", "second"});
    auto& client = on.streams.add(on.group);
    for (const std::string token : {"first", "second", "first"}) {
        CHECK(on.go_live(client).find("\r\nAuthorization: Bearer " + token + "\r\n") != std::string::npos);
        client.drop();
    }
}

TEST_CASE("what came before the drop and comes again is doubled, what does not come is lost")
{
    stage on;
    auto& client = on.streams.add(on.group);
    on.group.published = 6;
    on.go_live(client, on.events(0, 3));
    on.await_delivered(3);
    client.drop();
    on.go_live(client, on.event(2) + on.event(5) + on.event(4));
    on.await_delivered(5);
    CHECK(on.counts.duplicated == 1);
    CHECK(on.counts.misordered == 1);
    CHECK(client.check().lost() == 1);
    CHECK_FALSE(client.check().has_all());
}

TEST_CASE("a loss that the server tells of is counted apart")
{
    stage on;
    auto& client = on.streams.add(on.group);
    on.group.published = 10;
    on.go_live(client, on.events(0, 2));
    on.await_delivered(2);
    client.drop();
    on.go_live(client, "event: buffer-overflow\ndata: {\"dropped\":5,\"kept\":3}\n\n" + on.events(7, 10));
    on.await_delivered(5);
    CHECK(client.check().lost() == 0);
    CHECK(client.check().told_lost() == 5);
    CHECK(client.check().has_all());
}

TEST_CASE("a new client in the place of one that left has neither its past nor its cookie")
{
    stage on;
    auto& client = on.streams.add(on.group);
    on.group.published = 4;
    on.go_live(client, on.event(0) + on.event(2));
    on.await_delivered(2);
    client.drop();
    client.become_new_client();
    CHECK(on.counts.lost_by_leavers == 1); // event 1; event 3 may have been on its way
    const auto request = on.go_live(client);
    CHECK(request.find("e2") == std::string::npos);
    CHECK(request.find("s=1") == std::string::npos);
    on.group.published = 6;
    CHECK(client.check().lost() == 2);
    on.server.send(on.events(4, 6));
    on.await_delivered(4);
    CHECK(client.check().lost() == 0);
    CHECK(on.streams.lost() == 1);
}

TEST_CASE("what another stream has read is taken in one piece, and counts the same")
{
    stage on;
    auto& first = on.streams.add(on.group);
    auto& second = on.streams.add(on.group);
    on.group.published = 4;
    on.go_live(first, on.events(0, 3));
    on.await_delivered(3);
    const auto damaged = on.event(3).replace(on.event(3).size() - 4, 1, "?");
    on.go_live(second, on.events(0, 3) + damaged + on.event(3));
    on.await_delivered(7);
    CHECK(on.counts.latency.count() == 7);
    CHECK(on.counts.unexpected == 1);
    CHECK(second.check().has_all());
    second.drop();
    CHECK(on.go_live(second).find("Last-Event-ID: e3\r\n") != std::string::npos);
}

TEST_CASE("a stream that the server ends has failed, unless it had stalled")
{
    stage on;
    auto& steady = on.streams.add(on.group);
    on.go_live(steady);
    on.server.close();
    on.poll_until([&] { return steady.is(stream_state::ended); });
    CHECK(on.counts.closed == 1);
    CHECK_FALSE(on.counts.first_failure.empty());

    auto& stalling = on.streams.add(on.group);
    stalling.prepare_to_stall({.receive_buffer = 4096, .segment = 1460});
    on.group.published = 2;
    on.go_live(stalling);
    stalling.stop_reading();
    on.server.send(on.event(0));
    on.server.close();
    CHECK(stalling.is(stream_state::live)); // it does not look
    stalling.go_on_reading();
    on.poll_until([&] { return stalling.is(stream_state::away); });
    CHECK(on.counts.closed == 1);
    CHECK(on.counts.closed_when_stalled == 1);
    CHECK(on.counts.latency.count() == 0);
    CHECK(on.go_live(stalling, on.event(1)).find("Last-Event-ID: e0\r\n") != std::string::npos);
    on.await_delivered(2);
    CHECK(stalling.check().has_all());
}

TEST_CASE("a return that is refused or answered otherwise than with 200 ends the stream")
{
    stage on;
    auto& client = on.streams.add(on.group);
    client.connect();
    on.server.accept();
    on.server.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    on.poll_until([&] { return client.is(stream_state::ended); });
    CHECK(on.counts.closed == 0);
    CHECK(on.counts.first_failure.find("403") != std::string::npos);

    auto& other = on.streams.add(on.group);
    on.server.leave();
    other.connect();
    on.poll_until([&] { return other.is(stream_state::ended); });
}

TEST_CASE("draining brings back who is away, and says whether everyone has everything")
{
    stage on;
    on.streams.add(on.group);
    CHECK_FALSE(on.streams.drain(std::chrono::milliseconds(1))); // nobody answers
    on.server.accept();
    on.server.send(std::string(head) + "event: connected\ndata: {}\n\n");
    CHECK(on.streams.drain(std::chrono::seconds(10)));
    on.group.published = 1;
    CHECK_FALSE(on.streams.drain(std::chrono::milliseconds(1)));
    CHECK(on.streams.drain(std::chrono::seconds(10))); // what did not come in time is given up
    CHECK(on.streams.lost() == 1);
    on.group.published = 2;
    on.server.send(on.event(1));
    CHECK(on.streams.drain(std::chrono::seconds(10)));
    CHECK(on.streams.lost() == 1);
}

TEST_SUITE_END();
