// Stream-control events: their order, their exact data, and heartbeats.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <chrono>
#include <deque>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// A session that has read up to `last` and then missed `missed` events.
struct absent_session {
    std::string id;
    std::string last;
};

absent_session miss(const server_process& server, std::size_t missed)
{
    event_stream stream(server.port());
    stream.connected();
    absent_session session{stream.session_id(), broadcast(server.port(), "seen")};
    stream.next_of_type("message");
    stream.close();
    wait_stat(server.port(), "active_clients", 0);
    broadcast_batch(server.port(), std::vector<std::string>(missed, "missed"));
    return session;
}

void check_control(const received_event& event, std::string_view type, std::string_view data)
{
    CHECK(event.raw == fmt::format("event: {}\ndata: {}\n\n", type, data));
}

} // namespace

TEST_SUITE("contract/control_events")
{
    TEST_CASE("resume · connected, replay-start, the events, replay-end")
    {
        server_process server;
        const auto session = miss(server, 6);
        event_stream stream(server.port(), {.session = session.id, .last_event_id = session.last});
        const auto first = stream.next();
        CHECK(first.type == "connected");
        CHECK(first.id == session.last);
        CHECK(integer(stream.connected().at("replay")) == 6);
        CHECK(integer(stream.connected().at("dropped")) == 0);
        CHECK(stream.connected().at("resumed") == true);
        CHECK(integer(stream.connected().at("reconnections")) == 1);
        check_control(stream.next(), "replay-start", R"({"count":6})");
        for (int i = 0; i < 6; ++i) {
            CHECK(stream.next().data == "missed");
        }
        check_control(stream.next(), "replay-end", "{}");
        CHECK(stream.barrier().empty());
    }

    TEST_CASE("resume · with nothing missed there is no replay block")
    {
        server_process server;
        const auto session = miss(server, 1);
        const auto last = broadcast(server.port(), "also missed");
        event_stream stream(server.port(), {.session = session.id, .last_event_id = last});
        CHECK(integer(stream.connected().at("replay")) == 0);
        stream.expect("connected");
        CHECK(stream.barrier().empty());
    }

    TEST_CASE("buffer-overflow · tells how many are lost and kept, before the replay")
    {
        server_process server({"--buffer-size", "100"});
        const auto session = miss(server, 150);
        event_stream stream(server.port(), {.session = session.id, .last_event_id = session.last});
        stream.expect("connected");
        CHECK(integer(stream.connected().at("replay")) == 100);
        CHECK(integer(stream.connected().at("dropped")) == 50);
        check_control(stream.next(), "buffer-overflow", R"({"dropped":50,"kept":100})");
        check_control(stream.next(), "replay-start", R"({"count":100})");
        for (int i = 0; i < 100; ++i) {
            CHECK(stream.next().data == "missed");
        }
        check_control(stream.next(), "replay-end", "{}");
    }

    TEST_CASE("buffer-overflow · of a new session whose last id is older than the log")
    {
        server_process server({"--buffer-size", "10", "--log-events", "20"});
        const auto oldest = broadcast(server.port(), "oldest");
        for (int i = 0; i < 100; ++i) {
            broadcast(server.port(), "later");
        }
        event_stream stream(server.port(), {.last_event_id = oldest});
        CHECK(stream.connected().at("resumed") == false);
        stream.expect("connected");
        const auto overflow = stream.next();
        CHECK(overflow.type == "buffer-overflow");
        CHECK_FALSE(overflow.has_id);
        const auto kept = integer(parse_json(overflow.data).at("kept"));
        CHECK(kept == 10);
        CHECK(kept == integer(stream.connected().at("replay")));
        for (const auto& event : stream.barrier()) {
            CHECK((event.type != "message" || event.data == "later"));
        }
    }

    TEST_CASE("no-buffer · in place of buffer-overflow when the buffer size is 0")
    {
        server_process server({"--buffer-size", "0"});
        const auto session = miss(server, 3);
        event_stream stream(server.port(), {.session = session.id, .last_event_id = session.last});
        CHECK(stream.session_id() == session.id);
        CHECK(stream.connected().at("resumed") == true);
        CHECK(integer(stream.connected().at("bufferSize")) == 0);
        CHECK(integer(stream.connected().at("replay")) == 0);
        stream.expect("connected");
        check_control(stream.next(), "no-buffer", "{}");
        CHECK(stream.barrier().empty());
    }

    TEST_CASE("heartbeat · carries the time and the position when nothing was written")
    {
        server_process server({"--heartbeat-interval", "200ms"});
        event_stream stream(server.port());
        const auto primed = stream.expect("connected").id;
        const auto beat = stream.next(2s);
        CHECK(beat.type == "heartbeat");
        CHECK(beat.id == primed);
        const auto timestamp = integer(parse_json(beat.data).at("timestamp"));
        CHECK(std::abs(timestamp - milliseconds_since_epoch() / 1000) <= 2 * slowness());
        CHECK(beat.raw == fmt::format("id: {}\nevent: heartbeat\ndata: {{\"timestamp\":{}}}\n\n", primed, timestamp));
        stream.expect("heartbeat", 2s);
    }

    TEST_CASE("heartbeat · moves on past what the filter keeps away, and a resume from there misses nothing")
    {
        server_process server({"--heartbeat-interval", "200ms"});
        event_stream stream(server.port(), {.types = {"rare"}});
        stream.connected();
        CHECK(post(server.port(), "/broadcast?type=frequent&id=own").status == 200);
        const auto head = broadcast(server.port(), "x", "frequent");
        eventually("a heartbeat at the head", [&] { return stream.next_of_type("heartbeat").id == head; });
        stream.close();
        wait_stat(server.port(), "active_clients", 0);
        broadcast(server.port(), "y", "frequent");
        broadcast(server.port(), "z", "rare");
        event_stream resumed(server.port(), {.session = stream.session_id(), .last_event_id = head});
        CHECK(integer(resumed.connected().at("replay")) == 1);
        CHECK(resumed.next_of_type("rare").data == "z");
    }

    TEST_CASE("heartbeat · not while events are written")
    {
        server_process server({"--heartbeat-interval", "1s"});
        event_stream stream(server.port());
        stream.expect("connected");
        const auto end = std::chrono::steady_clock::now() + 2500ms;
        int published = 0;
        auto slowest = 0ms;
        while (std::chrono::steady_clock::now() < end) {
            const auto before = std::chrono::steady_clock::now();
            broadcast(server.port(), "busy");
            ++published;
            const auto type = stream.next_event().type;
            slowest = std::max(slowest, std::chrono::duration_cast<std::chrono::milliseconds>(
                                            std::chrono::steady_clock::now() - before));
            CHECK((type == "message" || slowest > 900ms));
        }
        CHECK(published >= 5);
        stream.next_of_type("heartbeat");
    }

    TEST_CASE("heartbeat · as a comment")
    {
        server_process server({"--heartbeat-interval", "200ms", "--heartbeat-style", "comment"});
        event_stream stream(server.port());
        stream.expect("connected");
        const deadline until;
        while (stream.unfinished() != ":\n:\n") {
            REQUIRE(stream.read_some(until));
        }
        // What follows is the line's block: no empty line made one of it alone.
        const auto id = broadcast(server.port(), "x");
        const auto raw = stream.next().raw;
        CHECK(raw.substr(raw.find("id: ")) == fmt::format("id: {}\ndata: x\n\n", id));
        CHECK(raw.find("\n\n") == raw.size() - 2);
    }

    TEST_CASE("heartbeat · 0 turns it off")
    {
        server_process server({"--heartbeat-interval", "0"});
        event_stream stream(server.port());
        stream.expect("connected");
        stream.no_event_within(700ms);
        CHECK(stream.barrier().empty());
    }

    TEST_CASE("shutdown · spreads the clients' return over the drain spread")
    {
        server_process server({"--retry", "1s", "--drain-spread", "2s"});
        std::deque<event_stream> streams;
        for (int i = 0; i < 30; ++i) {
            streams.emplace_back(server.port()).connected();
        }
        server.terminate();
        std::set<std::uint64_t> values;
        for (auto& stream : streams) {
            const auto event = stream.next_of_type("shutdown");
            CHECK_FALSE(event.has_id);
            REQUIRE(event.retry);
            CHECK(event.data == fmt::format("{{\"retry\":{}}}", *event.retry));
            CHECK(*event.retry >= 1000);
            CHECK(*event.retry <= 3000);
            values.insert(*event.retry);
            CHECK(stream.wait_end() == stream_end::last_chunk);
            CHECK_FALSE(stream.try_next());
            CHECK(stream.unfinished().empty());
        }
        CHECK(values.size() > 10);
        CHECK(*values.rbegin() - *values.begin() > 500);
        CHECK(server.wait_exit() == exit_status{.code = 0, .signal = 0});
    }

    TEST_CASE("shutdown · without a spread names the retry itself")
    {
        server_process server({"--retry", "1500ms", "--drain-spread", "0"});
        event_stream stream(server.port());
        stream.connected();
        server.terminate();
        CHECK(stream.next_of_type("shutdown").retry == 1500);
        CHECK(server.wait_exit() == exit_status{.code = 0, .signal = 0});
    }
}
