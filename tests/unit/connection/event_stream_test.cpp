#include <sluice/connection/event_stream.hpp>

#include <chunk_reader.hpp>
#include <connection/stream_driver.hpp>
#include <doctest/doctest.h>
#include <fixtures.hpp>
#include <received.hpp>

#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::blocks_in;
using test::claim_of;
using test::data_in;
using test::polled_hub;
using test::stream_driver;
using strings = std::vector<std::string>;

/// The body that the chunks carry; they are whole.
std::string body_of(std::string_view chunks) {
    test::chunk_reader reader;
    reader.feed(chunks);
    CHECK(reader.between_chunks());
    return reader.body();
}

/// The types of the blocks, in order; of those without data nothing.
strings types_in(std::string_view body) {
    strings found;
    for (auto const& b : blocks_in(body)) {
        found.push_back(b.type);
    }
    return found;
}

std::string number(std::size_t i) { return std::to_string(i); }

/// A session that a client had and lost, and the claim to it.
connect_request lost_session(polled_hub& hub, std::string last_id = {}) {
    auto const c = hub.connect();
    return claim_of(*c, std::move(last_id));
}

TEST_SUITE_BEGIN("connection/event_stream");

TEST_CASE("opening · head, then a block that primes the client, then connected") {
    polled_hub hub;
    hub.publish("before");
    stream_driver s{hub, hub.connect(), stream_driver::no_end, body_framing::chunked, "HEAD\r\n\r\n"};
    REQUIRE(s.taken().starts_with("HEAD\r\n\r\n"));
    auto const blocks = blocks_in(body_of(s.taken().substr(8)));
    REQUIRE(blocks.size() == 2);
    CHECK(blocks[0].retry == 3000);
    CHECK(parse_event_id(blocks[0].id)->lo == 1);
    CHECK_FALSE(blocks[0].has_data);
    CHECK(blocks[1].type == "connected");
    CHECK(blocks[1].data ==
          R"({"sessionId":")" + to_string(s.subject().session().id()) +
              R"(","reconnection":true,"bufferSize":1000,"resumed":false,"reconnections":0,)"
              R"("replay":0,"dropped":0})");
}

TEST_CASE("live · an event on an idle stream leaves at once, a burst in one chunk") {
    polled_hub hub;
    stream_driver s{hub, hub.connect()};
    hub.publish("1");
    CHECK(data_in(body_of(s.taken())) == strings{"1"});
    auto const before = s.taken().size();
    CHECK(hub.broker().broadcast(std::vector<event>(5, {.id = "", .type = "", .data = "b"})).has_value());
    hub.settle();
    test::chunk_reader reader;
    reader.feed(s.taken().substr(before));
    CHECK(reader.chunks().size() == 1);
    CHECK(data_in(reader.body()) == strings(5, "b"));
}

TEST_CASE("replay · is marked and framed, and live follows without a seam") {
    polled_hub hub;
    auto const claim = lost_session(hub);
    hub.publish("1");
    hub.publish("2");
    stream_driver s{hub, hub.connect(claim)};
    hub.publish("3");
    auto const body = body_of(s.taken());
    CHECK(types_in(body) ==
          strings{"", "connected", "replay-start", "message", "message", "replay-end", "message"});
    auto const blocks = blocks_in(body);
    CHECK(blocks[2].data == R"({"count":2})");
    CHECK(blocks[3].comments.size() == 1);
    CHECK(blocks[3].comments[0].starts_with("replayed 2"));
    CHECK(blocks[6].comments.empty());
    CHECK(blocks[1].data.find(R"("resumed":true,"reconnections":1,"replay":2,"dropped":0)") !=
          std::string::npos);
}

TEST_CASE("replay · with nothing to replay there is no frame around nothing") {
    polled_hub hub;
    stream_driver s{hub, hub.connect(lost_session(hub))};
    CHECK(types_in(body_of(s.taken())) == strings{"", "connected"});
}

TEST_CASE("replay · a long one goes out in pages") {
    polled_hub hub;
    auto const claim = lost_session(hub);
    strings expected;
    for (std::size_t i = 0; i != 300; ++i) {
        expected.push_back(std::string(1000, 'x') + number(i));
        hub.publish(expected.back());
    }
    stream_driver s{hub, hub.connect(claim)};
    test::chunk_reader reader;
    reader.feed(s.taken());
    CHECK(data_in(reader.body()) == expected);
    CHECK(reader.chunks().size() >= 5);
    for (auto const& chunk : reader.chunks()) {
        CHECK(chunk.size() < run_bytes + 1200);
    }
}

TEST_CASE("told · overflow, and no-buffer when the buffer is none") {
    broker_config config;
    config.sessions.buffer_size = 2;
    SUBCASE("more than the buffer was missed") {
        polled_hub hub{config};
        auto const claim = lost_session(hub);
        for (std::size_t i = 1; i != 6; ++i) {
            hub.publish(number(i));
        }
        stream_driver s{hub, hub.connect(claim)};
        auto const body = body_of(s.taken());
        CHECK(types_in(body) == strings{"", "connected", "buffer-overflow", "replay-start", "message",
                                        "message", "replay-end"});
        CHECK(blocks_in(body)[2].data == R"({"dropped":3,"kept":2})");
        CHECK(parse_event_id(blocks_in(body)[0].id)->lo == 0);
        CHECK(data_in(body) == strings{"4", "5"});
    }
    SUBCASE("a new session whose last id is unknown") {
        polled_hub hub{config};
        hub.publish("1");
        stream_driver s{hub, hub.connect({.claim = {}, .last_event_id = "1-1", .meta = {}})};
        auto const body = body_of(s.taken());
        CHECK(types_in(body)[2] == "buffer-overflow");
        CHECK(blocks_in(body)[2].data == R"({"dropped":null,"kept":1})");
        CHECK(data_in(body) == strings{"1"});
    }
    SUBCASE("buffer_size 0") {
        config.sessions.buffer_size = 0;
        polled_hub hub{config};
        auto const claim = lost_session(hub);
        hub.publish("1");
        stream_driver s{hub, hub.connect(claim)};
        auto const body = body_of(s.taken());
        CHECK(types_in(body) == strings{"", "connected", "no-buffer"});
        CHECK(blocks_in(body)[1].data.ends_with(R"("replay":0,"dropped":1})"));
    }
}

TEST_CASE(
    "park · a peer that takes a few bytes at a time gets the same bytes, whatever is published meanwhile") {
    for (std::size_t const step : {1U, 3U, 7U, 50U, 113U}) {
        CAPTURE(step);
        polled_hub hub;
        auto const claim = lost_session(hub);
        strings expected;
        for (std::size_t i = 0; i != 5; ++i) {
            expected.push_back("missed " + number(i));
            hub.publish(expected.back());
        }
        stream_driver s{hub, hub.connect(claim), 0};
        auto const id = to_string(s.subject().session().id());
        std::size_t live = 0;
        while (s.stalled()) {
            if (live != 10) {
                expected.push_back("live " + number(live++));
                (live % 3 == 0 ? (void)hub.send({id}, expected.back()) : (void)hub.publish(expected.back()));
            }
            s.give_room(step);
        }
        CHECK(live >= 5);
        auto const body = body_of(s.taken());
        CHECK(data_in(body) == expected);
        CHECK(types_in(body)[2] == "replay-start");
        CHECK(types_in(body)[8] == "replay-end");
        CHECK(hub.broker().session_stats().events_delivered == expected.size());
        CHECK(hub.broker().session_stats().bytes_delivered == body.size());
    }
}

TEST_CASE("a cut at any byte · the events that were whole count as delivered, the others come again") {
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
            s.subject().end(errc::peer_closed);
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

TEST_CASE("shutdown · tells an idle stream and ends it in good order") {
    broker_config config;
    config.streams.retry = 100ms;
    config.streams.drain_spread = 50ms;
    polled_hub hub{config};
    stream_driver s{hub, hub.connect()};
    s.subject().end(errc::shut_down);
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

TEST_CASE("shutdown · in the middle of a run the chunk is finished first, and all of it arrives") {
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
        s.subject().end(errc::shut_down);
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

TEST_CASE("shutdown · of a peer that has not taken the opening yet") {
    polled_hub hub;
    stream_driver s{hub, hub.connect(), 10, body_framing::chunked, "HEAD\r\n\r\n"};
    s.subject().end(errc::shut_down);
    s.give_room(stream_driver::no_end);
    CHECK(s.finished());
    test::chunk_reader reader;
    reader.feed(s.taken().substr(8));
    CHECK(reader.complete());
    CHECK(types_in(reader.body()) == strings{"", "connected", "shutdown"});
}

TEST_CASE("end · how the connection is closed depends on the reason and on whether the peer takes anything") {
    struct row {
        errc reason;
        bool stalled;
        bool last_chunk;
        bool closed;
        bool reset;
    };
    for (auto const& r :
         {row{errc::disconnected, false, true, false, false},
          row{errc::disconnected, true, false, false, true}, row{errc::removed, false, true, false, false},
          row{errc::removed, true, false, false, true}, row{errc::taken_over, false, false, true, false},
          row{errc::taken_over, true, false, true, false}, row{errc::slow_consumer, true, false, false, true},
          row{errc::peer_closed, false, false, false, false},
          row{errc::peer_closed, true, false, false, false}}) {
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

TEST_CASE("disconnect · right behind an event still ends the stream in good order") {
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

TEST_CASE("lag · a stalled stream that falls behind the log is reset, and its session learns the loss") {
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
    CHECK(s.subject().reason() == errc::slow_consumer);
    CHECK(s.was_reset());
    CHECK(hub.broker().session_stats().slow_consumers_dropped == 1);
    stream_driver again{hub, hub.connect(claim_of(s.subject()))};
    auto const body = body_of(again.taken());
    CHECK(blocks_in(body)[2].data == R"({"dropped":1,"kept":8})");
}

TEST_CASE("write timeout · a peer that takes nothing for so long is reset") {
    broker_config config;
    config.streams.write_timeout = 1ms;
    polled_hub hub{config};
    stream_driver s{hub, hub.connect(), 0};
    hub.settle_until([&] { return s.subject().done(); });
    CHECK(s.subject().reason() == errc::slow_consumer);
    CHECK(s.was_reset());
}

TEST_CASE("heartbeat · tells the position when nothing was written for a while") {
    broker_config config;
    config.streams.heartbeat_interval = 1ms;
    polled_hub hub{config};
    connect_request request;
    request.meta.subscriptions = {"wanted"};
    stream_driver s{hub, hub.connect(request)};
    hub.publish("x", "other");
    hub.publish("y", "other");
    auto const opening = body_of(s.taken()).size();
    hub.settle_until([&] { return body_of(s.taken()).size() > opening + 10; });
    auto const beat = blocks_in(body_of(s.taken())).back();
    CHECK(beat.type == "heartbeat");
    CHECK(parse_event_id(beat.id)->lo == 2);
    CHECK(beat.data.starts_with("{\"timestamp\":"));
}

TEST_CASE("heartbeat · as a comment, and not at all") {
    broker_config config;
    config.streams.heartbeat_style = heartbeat_style::comment;
    config.streams.heartbeat_interval = 1ms;
    polled_hub hub{config};
    stream_driver s{hub, hub.connect()};
    hub.settle_until([&] { return body_of(s.taken()).ends_with("\n\n:\n\n"); });
    config.streams.heartbeat_interval = 0ms;
    polled_hub quiet{config};
    stream_driver q{quiet, quiet.connect()};
    auto const opening = q.taken();
    auto const end = std::chrono::steady_clock::now() + 20ms;
    quiet.settle_until([&] { return std::chrono::steady_clock::now() > end; });
    CHECK(q.taken() == opening);
}

TEST_CASE("until_close · the same body without chunks") {
    polled_hub hub;
    auto const claim = lost_session(hub);
    hub.publish("1");
    stream_driver s{hub, hub.connect(claim), stream_driver::no_end, body_framing::until_close};
    hub.publish("2");
    CHECK(types_in(s.taken()) ==
          strings{"", "connected", "replay-start", "message", "replay-end", "message"});
    s.subject().end(errc::shut_down);
    hub.settle();
    CHECK(types_in(s.taken()).back() == "shutdown");
    CHECK(hub.broker().session_stats().bytes_delivered == s.taken().size());
}

TEST_CASE("take · for connections that keep the bytes: what is on its way counts only once it is written") {
    struct no_closer final : event_stream::closer {
        void close() noexcept override {}
        void reset() noexcept override {}
    } closer;
    polled_hub hub;
    auto const c = hub.connect();
    event_stream events{*c, hub.broker().config(), "", body_framing::chunked, closer};
    CHECK(types_in(body_of(events.take())) == strings{"", "connected"});
    events.taken_written();
    CHECK(events.take().empty());
    hub.publish("1");
    CHECK(data_in(body_of(events.take())) == strings{"1"});
    CHECK(c->session().last_event_id().lo == 0);
    events.taken_written();
    CHECK(c->session().last_event_id().lo == 1);
    hub.publish("2");
    CHECK(data_in(body_of(events.take())) == strings{"2"});
    c->end(errc::peer_closed);
    events.taken_written();
    CHECK(c->session().last_event_id().lo == 1);
    auto const again = hub.connect(claim_of(*c));
    CHECK(test::take_all(*again) == strings{"R:2"});
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
