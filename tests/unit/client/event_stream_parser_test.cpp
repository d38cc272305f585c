#include <sluice/client/event_stream_parser.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

using namespace std::string_literals;

struct parsed_event {
    std::string type;
    std::string data;
    std::string id;

    friend bool operator==(parsed_event const&, parsed_event const&) = default;
};
using parsed_events = std::vector<parsed_event>;

doctest::String toString(parsed_events const& events)
{
    std::string text;
    for (auto const& e : events) {
        text += "[" + e.type + "|" + e.data + "|" + e.id + "]";
    }
    return text.c_str();
}

/// Each piece lies in memory of its own, so that a view that outlives it is found.
void feed(event_stream_parser& parser, std::string_view piece, parsed_events& to)
{
    std::vector<char> const copy(piece.begin(), piece.end());
    std::string_view input{copy.data(), copy.size()};
    event_view e;
    while (parser.next(input, e)) {
        to.push_back({std::string{e.type}, std::string{e.data}, parser.last_event_id()});
    }
    CHECK((input.empty() || parser.failed()));
}

parsed_events parse(event_stream_parser& parser, std::initializer_list<std::string_view> pieces)
{
    parsed_events events;
    for (auto const piece : pieces) {
        feed(parser, piece, events);
    }
    return events;
}

parsed_events messages(std::initializer_list<char const*> data)
{
    parsed_events events;
    for (auto const* d : data) {
        events.push_back({"message", d, ""});
    }
    return events;
}

struct format_row {
    char const* name;
    std::string stream;
    parsed_events events;
};

std::string const xs(2048, 'x');

/// The stream format's cases of the web platform tests (eventsource/format-*), each with the empty line that its server
/// adds.
std::vector<format_row> const format_rows{
    {"bom",
     "\xEF\xBB\xBF"s
     "data:1\n\n\xEF\xBB\xBF"s
     "data:2\n\ndata:3\n\n"s,
     messages({"1", "3"})},
    {"bom-2",
     "\xEF\xBB\xBF\xEF\xBB\xBF"s
     "data:1\n\ndata:2\n\ndata:3\n\n"s,
     messages({"2", "3"})},
    {"comments", "data:1\r:\0\n:\r\ndata:2\n:"s + xs + "\rdata:3\n:data:fail\r:"s + xs + "\ndata:4\n\n"s,
     messages({"1\n2\n3\n4"})},
    {"data-before-final-empty-line", "retry:1000\ndata:test1\n\nid:test\ndata:test2", messages({"test1"})},
    {"field-data", "data:\n\ndata\ndata\n\ndata:test\n\n", messages({"", "\n", "test"})},
    {"field-event", "event:test\ndata:x\n\ndata:x\n\n", {{"test", "x", ""}, {"message", "x", ""}}},
    {"field-event-empty", "event: \ndata:data\n\n", messages({"data"})},
    {"field-id", "id: \xE2\x80\xA6\ndata: hello\n\n", {{"message", "hello", "\xE2\x80\xA6"}}},
    {"field-id-2",
     "id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\n",
     {{"message", "a", "1"}, {"message", "b", "1"}, {"message", "c", "2"}}},
    {"field-id-3",
     "id: 1\ndata: a\n\nid\ndata: b\n\nid:\ndata: c\n\n",
     {{"message", "a", "1"}, {"message", "b", ""}, {"message", "c", ""}}},
    {"field-id-null",
     "id: 1\ndata: a\n\nid: \0\0\ndata: b\n\nid: x\0\ndata: c\n\n"s,
     {{"message", "a", "1"}, {"message", "b", "1"}, {"message", "c", "1"}}},
    {"field-parsing",
     "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n"s,
     {{"message", "\0\n 2\n1\n3\n\n4"s, ""}}},
    {"field-retry", "retry:3000\ndata:x\n\n", messages({"x"})},
    {"field-retry-bogus", "retry:3000\nretry:1000x\ndata:x\n\n", messages({"x"})},
    {"field-retry-empty", "retry\ndata:test\n\n", messages({"test"})},
    {"field-unknown", "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n",
     messages({"test\n\ntest"})},
    {"leading-space", "data:\ttest\rdata: \ndata:test\n\n", messages({"\ttest\n\ntest"})},
    {"newlines", "data:test\r\ndata\ndata:test\r\n\r", messages({"test\n\ntest"})},
    {"null-character", "data:\0\n\n\n\n"s, {{"message", "\0"s, ""}}},
    {"utf-8", "data:ok\xE2\x80\xA6\n\n", messages({"ok\xE2\x80\xA6"})},
    // Not of the web platform tests, but of the standard.
    {"no data is no event", "event: a\nid: 1\n\ndata: x\n\n", {{"message", "x", "1"}}},
    {"the last type counts", "event: a\nevent: b\ndata\n\n", {{"b", "", ""}}},
    {"a byte order mark alone is an empty line", "\xEF\xBB\xBF\ndata: x\n\n", messages({"x"})},
    {"CRs alone", "data: a\rdata: b\r\rdata: c\r\r", messages({"a\nb", "c"})},
    {"a truncated character ends with its line", "data: \xE2\x80\ndata: \xF0\x9F\x98\n\n",
     messages({"\xEF\xBF\xBD\n\xEF\xBF\xBD"})},
    {"each part that is no UTF-8 becomes one U+FFFD",
     "event: \xC0\xAF\nid: \xFF\ndata: a\xED\xA0\x80z\n\n",
     {{"\xEF\xBF\xBD\xEF\xBF\xBD", "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz", "\xEF\xBF\xBD"}}},
};

} // namespace

TEST_SUITE("client/event_stream_parser")
{
    TEST_CASE("the web platform tests' streams · whole, cut at every byte, and byte by byte")
    {
        for (auto const& row : format_rows) {
            CAPTURE(row.name);
            std::string_view const stream = row.stream;
            event_stream_parser whole;
            CHECK(parse(whole, {stream}) == row.events);
            for (std::size_t at = 0; at <= stream.size(); ++at) {
                CAPTURE(at);
                event_stream_parser parser;
                CHECK(parse(parser, {stream.substr(0, at), stream.substr(at)}) == row.events);
            }
            event_stream_parser parser;
            parsed_events events;
            for (std::size_t at = 0; at != stream.size(); ++at) {
                feed(parser, stream.substr(at, 1), events);
            }
            CHECK(events == row.events);
        }
    }

    TEST_CASE("retry · digits only, the last counts, and a large one is as long as a browser's timers go")
    {
        struct retry_row {
            char const* stream;
            std::optional<std::chrono::milliseconds> retry;
        };
        using std::chrono::milliseconds;
        for (auto const& row : std::initializer_list<retry_row>{
                 {"data: x\n\n", std::nullopt},
                 {"retry: 3000\n", milliseconds{3000}},
                 {"retry:3000\nretry:1000x\n", milliseconds{3000}},
                 {"retry: 1\nretry\nretry:\nretry: -1\nretry: +1\nretry: 1 \nretry:  2\n", milliseconds{1}},
                 {"retry: 0\n", milliseconds{0}},
                 {"retry: 00012\n", milliseconds{12}},
                 {"retry: 2147483648\n", milliseconds{2147483647}},
                 {"retry: 99999999999999999999999999\n", milliseconds{2147483647}},
             }) {
            CAPTURE(row.stream);
            event_stream_parser parser;
            CHECK(parse(parser, {row.stream, "\n"}) == (row.retry ? parsed_events{} : messages({"x"})));
            CHECK(parser.retry() == row.retry);
        }
    }

    TEST_CASE("last event id · moves with whole blocks only, and outlives the stream")
    {
        event_stream_parser parser{1000, "1-1"};
        CHECK(parser.last_event_id() == "1-1");
        CHECK(parse(parser, {"id: 2-2\n\n"}).empty());
        CHECK(parser.last_event_id() == "2-2");
        CHECK(parse(parser, {"id: 3-3\ndata: x\n"}).empty());
        CHECK(parser.last_event_id() == "2-2");
        parser.reset();
        CHECK(parse(parser, {"\n", "data: y\n\n"}) == parsed_events{{"message", "y", "2-2"}});
    }

    TEST_CASE("blocks · also those that are no event, each with what it names itself")
    {
        std::string_view input = "retry: 5\nid: 1\n\n:x\n\nevent: y\ndata: a\n\nid\nretry: x\n\n\nid: 2\n";
        event_stream_parser parser;
        block_view b;
        REQUIRE(parser.next_block(input, b));
        CHECK_FALSE(b.event.has_value());
        CHECK(b.id == "1");
        CHECK(b.retry == std::chrono::milliseconds{5});
        REQUIRE(parser.next_block(input, b));
        CHECK_FALSE(b.event.has_value());
        CHECK_FALSE(b.id.has_value());
        CHECK_FALSE(b.retry.has_value());
        REQUIRE(parser.next_block(input, b));
        REQUIRE(b.event.has_value());
        CHECK(b.event->type == "y");
        CHECK(b.event->data == "a");
        CHECK_FALSE(b.id.has_value());
        REQUIRE(parser.next_block(input, b));
        CHECK(b.id == "");
        CHECK_FALSE(b.retry.has_value());
        REQUIRE(parser.next_block(input, b));
        CHECK_FALSE(b.id.has_value());
        CHECK_FALSE(parser.next_block(input, b));
        CHECK(input.empty());
        CHECK(parser.retry() == std::chrono::milliseconds{5});
        CHECK(parse(parser, {"retry: 6\n"}).empty());
        parser.reset();
        input = "data: b\n\n";
        REQUIRE(parser.next_block(input, b));
        CHECK_FALSE(b.retry.has_value());
        CHECK_FALSE(b.id.has_value());
    }

    TEST_CASE("reset · forgets what had no end and takes a byte order mark again")
    {
        event_stream_parser parser;
        CHECK(parse(parser, {"event: a\ndata: b\r"}).empty());
        parser.reset();
        CHECK_FALSE(parser.in_block());
        CHECK(parse(parser, {"\xEF\xBB\xBF"
                             "data: c\n\n"}) == messages({"c"}));
    }

    TEST_CASE("in_block · from a block's first byte to its last")
    {
        event_stream_parser parser;
        auto const behind = [&](std::string_view bytes) {
            (void)parse(parser, {bytes});
            return parser.in_block();
        };
        CHECK_FALSE(parser.in_block());
        CHECK(behind("d"));
        CHECK(behind("ata: x\n"));
        CHECK_FALSE(behind("\n"));
        CHECK(behind("data: x\r\n\r")); // the LF may come
        CHECK_FALSE(behind("\n"));
    }

    TEST_CASE("an event that lies whole in the input is given out where it lies")
    {
        std::string const stream = "id: 1\nevent: a\ndata: b\n\n";
        std::string_view input = stream;
        event_stream_parser parser;
        event_view e;
        REQUIRE(parser.next(input, e));
        auto const within = [&stream](std::string_view v) {
            return v.data() >= stream.data() && v.data() < stream.data() + stream.size();
        };
        CHECK(within(e.type));
        CHECK(within(e.data));
    }

    TEST_CASE("limit · none")
    {
        event_stream_parser parser{std::numeric_limits<std::size_t>::max()};
        CHECK(parse(parser, {"data", ": x", "\n\n"}) == messages({"x"}));
    }

    TEST_CASE("limit · of a line, and of an event's type, data and id together")
    {
        struct limit_row {
            char const* name;
            std::string stream;
            bool failed;
        };
        for (auto const& row : std::initializer_list<limit_row>{
                 {"a line of just so many bytes", "data: 3456\n\n", false},
                 {"a longer line", "data: 34567\n\n", true},
                 {"a longer comment", ":123456789x\n\n", true},
                 {"the first line's byte order mark does not count",
                  "\xEF\xBB\xBF"
                  "data: 3456\n\n",
                  false},
                 {"a longer first line behind a byte order mark",
                  "\xEF\xBB\xBF"
                  "data: 34567\n\n",
                  true},
                 {"data of just so many bytes", "data:1234\ndata:6789\n\n", false},
                 {"data with one byte more", "data:12345\ndata:7890\ndata:\n\n", true},
                 {"empty data lines count, too",
                  "data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\n\n", true},
                 {"type and data together", "event:1234\ndata:12345\nid:12\n\n", true},
                 {"what is replaced does not count", "id:1234567\nid:1234567\nid:1\nevent:1234\ndata:12345\n\n", false},
                 {"comments without an event", ":23456789\n:23456789\n:23456789\ndata:x\n\n", false},
             }) {
            CAPTURE(row.name);
            std::string_view const stream = row.stream;
            for (std::size_t at = 0; at <= stream.size(); ++at) {
                CAPTURE(at);
                event_stream_parser parser{10};
                auto const events = parse(parser, {stream.substr(0, at), stream.substr(at)});
                CHECK(parser.failed() == row.failed);
                CHECK(events.empty() == row.failed);
            }
        }
    }
}

} // namespace sluice
