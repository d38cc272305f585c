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

/// A session that a client had and lost, and the claim to it.
connect_request lost_session(polled_hub& hub, std::string last_id = {})
{
    auto const c = hub.connect();
    return claim_of(*c, std::move(last_id));
}

struct no_closer final : h1_writer::closer {
    void close() noexcept override {}
    void reset() noexcept override {}
};

TEST_SUITE_BEGIN("http/h1_writer");

TEST_CASE("opening · head, then connected, which primes the client")
{
    polled_hub hub;
    hub.publish("before");
    stream_driver s{hub, hub.connect(), stream_driver::no_end, body_framing::chunked, "HEAD\r\n\r\n"};
    REQUIRE(s.taken().starts_with("HEAD\r\n\r\n"));
    auto const blocks = blocks_in(body_of(s.taken().substr(8)));
    REQUIRE(blocks.size() == 1);
    CHECK(blocks[0].retry == 3000);
    CHECK(parse_event_id(blocks[0].id)->lo == 1);
    CHECK(blocks[0].type == "connected");
    CHECK(blocks[0].data == R"({"sessionId":")" + to_string(s.subject().session().id()) + R"(","handle":")" +
                                s.subject().handle() +
                                R"(","reconnection":true,"bufferSize":1000,"resumed":false,"reconnections":0,)"
                                R"("replay":0,"dropped":0})");
}

TEST_CASE("an opening that was not written · the loss that it tells is told by the next connection")
{
    broker_config config;
    config.sessions.buffer_size = 2;
    polled_hub hub{config};
    auto const claim = lost_session(hub);
    for (std::size_t i = 0; i != 5; ++i) {
        hub.publish(number(i));
    }
    {
        stream_driver const nobody_reads{hub, hub.connect(claim), 10};
    }
    stream_driver const s{hub, hub.connect(claim)};
    CHECK(types_in(body_of(s.taken()))[1] == "buffer-overflow");
    CHECK(blocks_in(body_of(s.taken()))[1].data == R"({"dropped":3,"kept":2})");
    CHECK(data_in(body_of(s.taken())) == strings{"3", "4"});
}

TEST_CASE("an opening that was not written · what another filter wants behind the last id is not passed over")
{
    polled_hub hub;
    auto first = connect_request{};
    first.meta.subscriptions = {"a"};
    auto const c = hub.connect(std::move(first));
    auto const last_id = hub.publish("1", "a");
    CHECK(test::take_all(*c) == strings{"1"});
    hub.publish("2", "b"); // which the first filter passes over
    hub.publish("3", "a");
    CHECK(test::take_all(*c) == strings{"3"});
    {
        auto other = claim_of(*c, last_id);
        other.meta.subscriptions = {"b"};
        stream_driver const nobody_reads{hub, hub.connect(std::move(other)), 10};
    }
    stream_driver const s{hub, hub.connect(claim_of(*c))};
    CHECK(data_in(body_of(s.taken())) == strings{"2"});
}

TEST_CASE("a loss that was told · is told again to a client that comes with the older last id")
{
    broker_config config;
    config.sessions.buffer_size = 2;
    config.log.max_events = 2;
    polled_hub hub{config};
    auto const first = hub.publish("first");
    auto const claim = lost_session(hub, first);
    for (std::size_t i = 0; i != 5; ++i) {
        hub.publish(number(i));
    }
    for (int times = 0; times != 2; ++times) {
        stream_driver const s{hub, hub.connect(claim), 600};
        CHECK(s.taken().find(R"("replay":2,"dropped":3)") != std::string::npos);
    }
}

TEST_CASE("a loss within a replay · is told again to a client that comes with the same last id")
{
    broker_config config;
    config.log.max_bytes = 3000;
    polled_hub hub{config};
    auto const c = hub.connect();
    auto const last_id = hub.publish("1");
    hub.publish("2");
    std::string const large(2000, 'x');
    for (int i = 0; i != 2; ++i) { // the second has the first, which was written, dropped
        hub.send({to_string(c->session().id())}, large);
        (void)test::take_all(*c);
    }
    auto const claim = claim_of(*c, last_id);
    for (int times = 0; times != 2; ++times) {
        stream_driver const s{hub, hub.connect(claim), 600};
        CHECK(s.taken().find(R"("replay":2,"dropped":null)") != std::string::npos);
    }
}

TEST_CASE("live · an event on an idle stream leaves at once, a burst in one chunk")
{
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

TEST_CASE("replay · is marked and framed, and live follows without a seam")
{
    polled_hub hub;
    auto const claim = lost_session(hub);
    hub.publish("1");
    hub.publish("2");
    stream_driver s{hub, hub.connect(claim)};
    hub.publish("3");
    auto const body = body_of(s.taken());
    CHECK(types_in(body) == strings{"connected", "replay-start", "message", "message", "replay-end", "message"});
    auto const blocks = blocks_in(body);
    CHECK(blocks[1].data == R"({"count":2})");
    CHECK(blocks[2].comments.size() == 1);
    CHECK(blocks[2].comments[0].starts_with("replayed 2"));
    CHECK(blocks[5].comments.empty());
    CHECK(blocks[0].data.find(R"("resumed":true,"reconnections":1,"replay":2,"dropped":0)") != std::string::npos);
}

TEST_CASE("replay · with nothing to replay there is no frame around nothing")
{
    polled_hub hub;
    stream_driver s{hub, hub.connect(lost_session(hub))};
    CHECK(types_in(body_of(s.taken())) == strings{"connected"});
}

TEST_CASE("replay · a long one goes out in pages")
{
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
        CHECK(chunk.size() < batch_bytes + 1200);
    }
}

TEST_CASE("told · overflow, and no-buffer when the buffer is none")
{
    broker_config config;
    config.sessions.buffer_size = 2;
    SUBCASE("more than the buffer was missed")
    {
        polled_hub hub{config};
        auto const claim = lost_session(hub);
        for (std::size_t i = 1; i != 6; ++i) {
            hub.publish(number(i));
        }
        stream_driver s{hub, hub.connect(claim)};
        auto const body = body_of(s.taken());
        CHECK(types_in(body) ==
              strings{"connected", "buffer-overflow", "replay-start", "message", "message", "replay-end"});
        CHECK(blocks_in(body)[1].data == R"({"dropped":3,"kept":2})");
        CHECK(parse_event_id(blocks_in(body)[0].id)->lo == 0);
        CHECK(data_in(body) == strings{"4", "5"});
    }
    SUBCASE("a new session whose last id is unknown")
    {
        polled_hub hub{config};
        hub.publish("1");
        stream_driver s{hub, hub.connect({.claim = {}, .last_event_id = "1-1", .meta = {}})};
        auto const body = body_of(s.taken());
        CHECK(types_in(body)[1] == "buffer-overflow");
        CHECK(blocks_in(body)[1].data == R"({"dropped":null,"kept":1})");
        CHECK(data_in(body) == strings{"1"});
    }
    SUBCASE("buffer_size 0")
    {
        config.sessions.buffer_size = 0;
        polled_hub hub{config};
        auto const claim = lost_session(hub);
        hub.publish("1");
        stream_driver s{hub, hub.connect(claim)};
        auto const body = body_of(s.taken());
        CHECK(types_in(body) == strings{"connected", "no-buffer"});
        CHECK(blocks_in(body)[0].data.ends_with(R"("replay":0,"dropped":1})"));
    }
}

TEST_CASE("park · a peer that takes a few bytes at a time gets the same bytes, whatever is published meanwhile")
{
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
        CHECK(types_in(body)[1] == "replay-start");
        CHECK(types_in(body)[7] == "replay-end");
        CHECK(hub.broker().session_stats().events_delivered == expected.size());
        CHECK(hub.broker().session_stats().bytes_delivered == body.size());
    }
}

TEST_CASE("heartbeat · tells the position when nothing was written for a while")
{
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

TEST_CASE("heartbeat · as a comment, and not at all")
{
    broker_config config;
    config.streams.heartbeat_style = heartbeat_style::comment;
    config.streams.heartbeat_interval = 1ms;
    polled_hub hub{config};
    stream_driver s{hub, hub.connect()};
    hub.settle_until([&] { return body_of(s.taken()).ends_with("\n\n:\n"); });
    config.streams.heartbeat_interval = 0ms;
    polled_hub quiet{config};
    stream_driver q{quiet, quiet.connect()};
    auto const opening = q.taken().size();
    auto const end = std::chrono::steady_clock::now() + 20ms;
    quiet.settle_until([&] { return std::chrono::steady_clock::now() > end; });
    CHECK(q.taken().size() == opening);
}

TEST_CASE("until_close · the same body without chunks")
{
    polled_hub hub;
    auto const claim = lost_session(hub);
    hub.publish("1");
    stream_driver s{hub, hub.connect(claim), stream_driver::no_end, body_framing::until_close};
    hub.publish("2");
    CHECK(types_in(s.taken()) == strings{"connected", "replay-start", "message", "replay-end", "message"});
    s.subject().end(end_reason::shut_down);
    hub.settle();
    CHECK(types_in(s.taken()).back() == "shutdown");
    CHECK(hub.broker().session_stats().bytes_delivered == s.taken().size());
}

TEST_CASE("take · for connections that keep the bytes: what is on its way counts only once it is written")
{
    polled_hub hub;
    auto const c = hub.connect();
    no_closer closer;
    h1_writer events{*c, hub.broker().config(), "", body_framing::chunked, closer};
    CHECK(types_in(body_of(events.take())) == strings{"connected"});
    events.taken_written();
    CHECK(events.take().empty());
    hub.publish("1");
    CHECK(data_in(body_of(events.take())) == strings{"1"});
    CHECK(c->session().last_event_id().lo == 0);
    events.taken_written();
    CHECK(c->session().last_event_id().lo == 1);
    hub.publish("2");
    CHECK(data_in(body_of(events.take())) == strings{"2"});
    c->end(end_reason::peer_closed);
    events.taken_written();
    CHECK(c->session().last_event_id().lo == 1);
    auto const again = hub.connect(claim_of(*c));
    CHECK(test::take_all(*again) == strings{"R:2"});
}

TEST_CASE("take · a batch goes in parts, and where it ends between them the events that are whole count")
{
    polled_hub hub;
    auto const c = hub.connect();
    no_closer closer;
    h1_writer events{*c, hub.broker().config(), "", body_framing::chunked, closer};
    (void)events.take();
    events.taken_written();
    std::string const large(12'000, 'x');
    for (std::size_t i = 0; i != 3; ++i) {
        hub.publish(large);
    }
    std::string all;
    for (auto part = events.take(); !part.empty(); part = events.take()) {
        CHECK(part.size() <= h1_writer::most_taken);
        CHECK(c->session().last_event_id().lo == 0);
        all += part;
        events.taken_written();
    }
    CHECK(data_in(body_of(all)) == strings{large, large, large});
    CHECK(c->session().last_event_id().lo == 3);
    for (std::size_t i = 0; i != 3; ++i) {
        hub.publish(large);
    }
    (void)events.take();
    events.taken_written();
    (void)events.take(); // on its way
    c->end(end_reason::peer_closed);
    events.taken_written();
    CHECK(c->session().last_event_id().lo == 4);
    auto const again = hub.connect(claim_of(*c));
    CHECK(test::take_all(*again) == strings{"R:" + large, "R:" + large});
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
