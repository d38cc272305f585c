#include <sluice/http/h1_writer.hpp>

#include <chunk_reader.hpp>
#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <http/stream_driver.hpp>
#include <received.hpp>

#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::blocks_in;
using test::body_of;
using test::claim_of;
using test::data_in;
using test::number;
using test::polled_hub;
using test::stream_driver;
using test::types_in;
using strings = std::vector<std::string>;

TEST_SUITE_BEGIN("http/h1_writer · end");

TEST_CASE("a cut at any byte · the events that were whole count as delivered, the others come again")
{
    std::size_t opening = 0;
    std::size_t whole = 0;
    {
        polled_hub hub;
        stream_driver s{hub, hub.connect()};
        opening = s.taken().size();
        CHECK(hub.broker().broadcast(std::vector<event>(3, {.id = "", .type = "", .data = "e"})).has_value());
        hub.settle();
        whole = s.taken().size() - opening;
    }
    for (std::size_t cut = 0; cut <= whole; ++cut) {
        CAPTURE(cut);
        polled_hub hub;
        connect_request claim;
        strings got;
        std::size_t left = 0;
        {
            stream_driver s{hub, hub.connect(), opening + cut};
            std::vector<event> events;
            for (std::size_t i = 0; i != 3; ++i) {
                events.push_back({.id = "", .type = "", .data = number(i)});
            }
            CHECK(hub.broker().broadcast(events).has_value());
            hub.settle();
            claim = claim_of(s.subject());
            // What a client reads of a chunk that was cut: its payload so far.
            auto const tail = s.taken().substr(opening);
            auto const line_end = tail.find("\r\n");
            got = data_in(line_end == std::string::npos ? "" : tail.substr(line_end + 2));
            s.subject().end(end_reason::peer_closed);
            left = got.size();
            CHECK(s.subject().session().last_event_id().lo == left);
        }
        stream_driver again{hub, hub.connect(claim)};
        for (auto const& data : data_in(body_of(again.taken()))) {
            got.push_back(data);
        }
        CHECK(got == strings{"0", "1", "2"});
        CHECK(hub.broker().session_stats().events_delivered == 3);
    }
}

TEST_CASE("shutdown · tells an idle stream and ends it in good order")
{
    broker_config config;
    config.streams.retry = 100ms;
    config.streams.drain_spread = 50ms;
    polled_hub hub{config};
    stream_driver s{hub, hub.connect()};
    s.subject().end(end_reason::shut_down);
    hub.settle();
    CHECK(s.finished());
    test::chunk_reader reader;
    reader.feed(s.taken());
    CHECK(reader.complete());
    auto const last = blocks_in(reader.body()).back();
    CHECK(last.type == "shutdown");
    REQUIRE(last.retry);
    CHECK(*last.retry >= 100);
    CHECK(*last.retry <= 150);
    CHECK_FALSE(last.has_id);
    CHECK_FALSE(s.was_reset());
}

TEST_CASE("shutdown · in the middle of a run the chunk is finished first, and all of it arrives")
{
    std::size_t opening = 0;
    {
        polled_hub hub;
        stream_driver const s{hub, hub.connect()};
        opening = s.taken().size();
    }
    for (std::size_t const begun : {0U, 1U, 3U, 4U, 20U, 60U, 80U}) {
        CAPTURE(begun);
        polled_hub hub;
        stream_driver s{hub, hub.connect(), opening + begun};
        CHECK(hub.broker().broadcast(std::vector<event>(3, {.id = "", .type = "", .data = "e"})).has_value());
        hub.settle();
        REQUIRE(s.stalled());
        hub.publish("behind the run");
        s.subject().end(end_reason::shut_down);
        CHECK(s.subject().session().last_event_id().lo <= 3);
        s.give_room(stream_driver::no_end);
        CHECK(s.finished());
        CHECK_FALSE(s.was_reset());
        test::chunk_reader reader;
        reader.feed(s.taken());
        CHECK(reader.complete());
        CHECK(types_in(reader.body()).back() == "shutdown");
        CHECK(data_in(reader.body()) == (begun == 0 ? strings{} : strings(3, "e")));
    }
}

TEST_CASE("shutdown · of a peer that has not taken the opening yet")
{
    polled_hub hub;
    stream_driver s{hub, hub.connect(), 10, body_framing::chunked, "HEAD\r\n\r\n"};
    s.subject().end(end_reason::shut_down);
    s.give_room(stream_driver::no_end);
    CHECK(s.finished());
    test::chunk_reader reader;
    reader.feed(s.taken().substr(8));
    CHECK(reader.complete());
    CHECK(types_in(reader.body()) == strings{"connected", "shutdown"});
}

TEST_CASE("end · how the connection is closed depends on the reason and on whether the peer takes anything")
{
    struct row {
        end_reason reason;
        bool stalled;
        bool last_chunk;
        bool closed;
        bool reset;
    };
    for (auto const& r :
         {row{end_reason::disconnected, false, true, false, false},
          row{end_reason::disconnected, true, false, false, true}, row{end_reason::removed, false, true, false, false},
          row{end_reason::removed, true, false, false, true}, row{end_reason::taken_over, false, false, true, false},
          row{end_reason::taken_over, true, false, true, false},
          row{end_reason::slow_consumer, true, false, false, true},
          row{end_reason::peer_closed, false, false, false, false},
          row{end_reason::peer_closed, true, false, false, false}}) {
        CAPTURE(make_error_code(r.reason).message());
        CAPTURE(r.stalled);
        polled_hub hub;
        stream_driver s{hub, hub.connect(), r.stalled ? 5 : stream_driver::no_end};
        REQUIRE(s.stalled() == r.stalled);
        s.subject().end(r.reason);
        hub.settle();
        CHECK(s.was_closed() == r.closed);
        CHECK(s.was_reset() == r.reset);
        CHECK(s.taken().ends_with("0\r\n\r\n") == r.last_chunk);
        auto const before = s.taken();
        hub.publish("after the end");
        s.give_room(stream_driver::no_end);
        CHECK(s.finished());
        CHECK(s.taken() == before);
    }
}

TEST_CASE("disconnect · right behind an event still ends the stream in good order")
{
    polled_hub hub;
    stream_driver s{hub, hub.connect()};
    CHECK(hub.broker().broadcast({.id = "", .type = "", .data = "last"}).has_value());
    CHECK(hub.disconnect(s.subject().session().id()).second);
    CHECK(s.finished());
    test::chunk_reader reader;
    reader.feed(s.taken());
    CHECK(reader.complete());
    CHECK(data_in(reader.body()) == strings{"last"});
    CHECK_FALSE(s.was_reset());
}

TEST_CASE("lag · a stalled stream that falls behind the log is reset, and its session learns the loss")
{
    broker_config config;
    config.log.max_events = 8;
    config.sessions.buffer_size = 8;
    polled_hub hub{config};
    stream_driver s{hub, hub.connect(), 0};
    for (std::size_t i = 1; i != 9; ++i) {
        hub.publish(number(i));
    }
    CHECK_FALSE(s.subject().done());
    hub.publish("9");
    CHECK(s.subject().reason() == end_reason::slow_consumer);
    CHECK(s.was_reset());
    CHECK(hub.broker().session_stats().slow_consumers_dropped == 1);
    stream_driver again{hub, hub.connect(claim_of(s.subject()))};
    auto const body = body_of(again.taken());
    CHECK(blocks_in(body)[1].data == R"({"dropped":1,"kept":8})");
}

TEST_CASE("write timeout · a peer that takes nothing for so long is reset")
{
    broker_config config;
    config.streams.write_timeout = 1ms;
    polled_hub hub{config};
    stream_driver s{hub, hub.connect(), 0};
    hub.settle_until([&] { return s.subject().done(); });
    CHECK(s.subject().reason() == end_reason::slow_consumer);
    CHECK(s.was_reset());
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
