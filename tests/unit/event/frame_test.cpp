#include <sluice/event/frame.hpp>

#include <support/stream_parser.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::stamped;

/// What a client reads from the bytes; they are one block and nothing else.
test::received_event parsed(std::string_view bytes)
{
    test::stream_parser parser;
    parser.feed(bytes);
    auto block = parser.next();
    REQUIRE(block);
    CHECK_FALSE(parser.next());
    CHECK(parser.unfinished().empty());
    return *block;
}

TEST_SUITE_BEGIN("event/frame");

TEST_CASE("live · data is split at CR LF, CR and LF and comes back joined by LF")
{
    struct row {
        std::string name;
        std::string data;
        std::string lines;
        std::string received;
    };
    std::vector<row> const rows{
        {"one line", "a", "data: a\n", "a"},
        {"empty", "", "data:\n", ""},
        {"LF", "a\nb", "data: a\ndata: b\n", "a\nb"},
        {"CR", "a\rb", "data: a\ndata: b\n", "a\nb"},
        {"CR LF", "a\r\nb", "data: a\ndata: b\n", "a\nb"},
        {"LF CR are two", "a\n\rb", "data: a\ndata:\ndata: b\n", "a\n\nb"},
        {"CR CR LF are two", "a\r\r\nb", "data: a\ndata:\ndata: b\n", "a\n\nb"},
        {"ends with LF", "a\n", "data: a\ndata:\n", "a\n"},
        {"ends with CR", "a\r", "data: a\ndata:\n", "a\n"},
        {"ends with CR LF", "a\r\n", "data: a\ndata:\n", "a\n"},
        {"begins with LF", "\na", "data:\ndata: a\n", "\na"},
        {"only LF", "\n", "data:\ndata:\n", "\n"},
        {"only CR LF twice", "\r\n\r\n", "data:\ndata:\ndata:\n", "\n\n"},
        {"leading space", " a", "data:  a\n", " a"},
        {"leading spaces on the second line", "a\n  b", "data: a\ndata:   b\n", "a\n  b"},
        {"only a space", " ", "data:  \n", " "},
        {"leading colon", ":a", "data: :a\n", ":a"},
        {"forged field", "a\nid: 9\nevent: e", "data: a\ndata: id: 9\ndata: event: e\n", "a\nid: 9\nevent: e"},
        {"forged end", "a\n\ndata: b\n\n", "data: a\ndata:\ndata: data: b\ndata:\ndata:\n", "a\n\ndata: b\n\n"},
        {"NUL", std::string("a\0b", 3), std::string("data: a\0b\n", 10), std::string("a\0b", 3)},
        {"other planes", "\u2028\U0010FFFF", "data: \u2028\U0010FFFF\n", "\u2028\U0010FFFF"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        auto const f = stamped(7, {.type = "t", .data = r.data});
        CHECK(f->live() == "id: 1700000000000-7\nevent: t\n" + r.lines + "\n");
        auto const seen = parsed(f->live());
        CHECK(seen.data == r.received);
        CHECK(seen.type == "t");
        CHECK(seen.id == "1700000000000-7");
        CHECK(seen.comments.empty());
        CHECK(f->to_event(false).data == r.received);
    }
}

TEST_CASE("live · leaves out the type when it is empty or message")
{
    CHECK(stamped(1, {.type = ""})->live() == "id: 1700000000000-1\ndata: x\n\n");
    CHECK(stamped(1, {.type = "message"})->live() == "id: 1700000000000-1\ndata: x\n\n");
    CHECK(stamped(1, {.type = "messages"})->live() == "id: 1700000000000-1\nevent: messages\ndata: x\n\n");
    CHECK(stamped(1, {.type = ""})->type() == "message");
    CHECK(stamped(1, {.type = "other"})->type() == "other");
}

TEST_CASE("replayed · differs from live by one comment as the first line of the block")
{
    for (auto const& own_id : {"", "mine"}) {
        auto const f = stamped(3, {.type = "t", .data = "a\nb", .own_id = own_id});
        CHECK(f->replayed() == ": replayed 2027-01-15T08:00:00.000Z\n" + std::string{f->live()});
        auto const seen = parsed(f->replayed());
        CHECK(seen.comments == std::vector<std::string>{"replayed 2027-01-15T08:00:00.000Z"});
        CHECK(seen.data == "a\nb");
        CHECK(f->bytes(true) == f->replayed());
        CHECK(f->bytes(false) == f->live());
    }
}

TEST_CASE("stamp · ids of every length stand right before the body")
{
    auto const longest = ~std::uint64_t{0};
    for (auto const place : {event_id{0, 1}, event_id{1, 10}, event_id{longest, longest}, event_id{123, longest}}) {
        auto const f = test::unstamped({.type = "", .data = "d"});
        f->stamp(place);
        CHECK(f->place() == place);
        CHECK(f->sequence() == place.lo);
        CHECK(f->id() == to_string(place));
        CHECK(f->live() == "id: " + to_string(place) + "\ndata: d\n\n");
        CHECK_FALSE(f->has_own_id());
    }
}

TEST_CASE("own id · goes on the wire as given and the place is kept beside it")
{
    for (auto const& id : {std::string{"i"}, std::string{"order 4711, line 2"}, std::string(256, 'z')}) {
        auto const f = stamped(5, {.type = "", .data = "d", .own_id = id});
        CHECK(f->has_own_id());
        CHECK(f->id() == id);
        CHECK(f->live() == "id: " + id + "\ndata: d\n\n");
        CHECK(f->place() == event_id{test::epoch, 5});
        CHECK(parsed(f->replayed()).id == id);
    }
}

TEST_CASE("to_event · gives back what was published, with time, place and mark")
{
    auto const time = std::chrono::system_clock::time_point{1'234'567'890'123ms};
    auto const f = frame::make({.id = "", .type = "", .data = "  a\r\n\r\n b\n"}, {}, time);
    f->stamp({.hi = 1, .lo = 2});
    auto const e = f->to_event(true);
    CHECK(e.id == "1-2");
    CHECK(e.type == "message");
    CHECK(e.data == "  a\n\n b\n");
    CHECK(e.timestamp == time);
    CHECK(e.replayed);
    CHECK_FALSE(f->to_event(false).replayed);
    CHECK(f->published() == time);
}

TEST_CASE("retry · goes out with both forms of the event, and only where there is one")
{
    auto const made = [](event const& e) {
        auto const f = frame::make(e, {}, std::chrono::system_clock::time_point{});
        f->stamp({.hi = 1, .lo = 2});
        return shared_frame{f};
    };
    auto const with = made({.type = "t", .data = "retry: 1\n", .retry = 70ms});
    std::string const wire = "id: 1-2\nevent: t\nretry: 70\ndata: retry: 1\ndata:\n\n";
    CHECK(with->live() == wire);
    CHECK(with->replayed().ends_with(wire));
    auto const back = with->to_event(false);
    CHECK(back.retry == 70ms);
    CHECK(back.data == "retry: 1\n");
    CHECK(made({.retry = 0ms})->to_event(true).retry == 0ms);
    CHECK(parsed(made({.data = "x", .retry = -1ms})->live()).retry == 0);
    auto const longest = made({.data = "x", .retry = std::chrono::milliseconds::max()});
    CHECK(longest->to_event(false).retry == std::chrono::milliseconds::max());
    auto const without = made({.data = "retry: 1"});
    CHECK_FALSE(parsed(without->live()).retry);
    CHECK_FALSE(without->to_event(false).retry);
}

TEST_CASE("targets · none means a broadcast")
{
    CHECK(stamped(1)->is_broadcast());
    auto const f = stamped(1, {.type = "", .data = "", .own_id = "", .targets = {{1, 2}, {3, 4}}});
    CHECK_FALSE(f->is_broadcast());
    REQUIRE(f->targets().size() == 2);
    CHECK(f->targets()[1] == session_id{3, 4});
}

TEST_CASE("footprint · counts the bytes of both forms once")
{
    auto const small = stamped(1, {.type = "", .data = ""});
    auto const large = stamped(1, {.type = "", .data = std::string(100'000, 'x')});
    CHECK(large->footprint() >= small->footprint() + 100'000);
    CHECK(large->footprint() < small->footprint() + 100'000 + 64);
    CHECK(small->footprint() >= sizeof(frame) + small->replayed().size());
}

TEST_CASE("format_time · RFC 3339 in UTC, to the millisecond")
{
    using time = std::chrono::system_clock::time_point;
    CHECK(format_time(time{0s}) == "1970-01-01T00:00:00.000Z");
    CHECK(format_time(time{951'782'400s + 7ms}) == "2000-02-29T00:00:00.007Z");
    CHECK(format_time(time{1'767'225'599s + 999'999us}) == "2025-12-31T23:59:59.999Z");
    CHECK(format_time(time{-1ms}) == "1969-12-31T23:59:59.999Z");
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
