#include "../load/stream_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using sluice::load::cookie_jar;
using sluice::load::received_event;
using sluice::load::stream_reader;
using seen = std::vector<std::pair<std::string, std::string>>;

/// Feeds `text` in pieces of `size`, each in memory of its own, so that a view kept too long is found by
/// sanitizers.
seen read_in_pieces(stream_reader& reader, std::string_view text, std::size_t size)
{
    seen events;
    for (std::size_t at = 0; at < text.size(); at += size) {
        const auto piece = text.substr(at, size);
        const auto copy = std::make_unique<char[]>(piece.size());
        std::copy(piece.begin(), piece.end(), copy.get());
        std::string_view input(copy.get(), piece.size());
        received_event event;
        while (reader.next(input, event)) {
            events.emplace_back(event.type, event.data);
        }
    }
    return events;
}

const std::string chunked_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ntransfer-encoding: Chunked\r\n\r\n";
const std::string endless_head = "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// The same bytes must give the same events, wherever the network cuts them.
void check_all_cuts(const std::string& text, const seen& expected)
{
    for (std::size_t size = 1; size <= text.size(); ++size) {
        CAPTURE(size);
        cookie_jar cookies;
        stream_reader reader(cookies);
        REQUIRE(read_in_pieces(reader, text, size) == expected);
        REQUIRE(reader.status() == 200);
        REQUIRE_FALSE(reader.is_broken());
    }
}

} // namespace

TEST_SUITE_BEGIN("load/stream_reader");

TEST_CASE("a chunked stream gives the same events however it is cut")
{
    const auto text = chunked_head + "1d\r\nretry: 3000\nid: 1-0\n\nevent: c\r\n"
                                     "9\r\nonnected\n\r\n"
                                     "b;ext=1\r\ndata: {}\n\nd\r\n"
                                     "0000B\r\nata: one\n\n:\r\n";
    check_all_cuts(text, {{"connected", "{}"}, {"message", "one"}});
}

TEST_CASE("a stream until close gives the same events however it is cut")
{
    check_all_cuts(endless_head + "data: a\n\ndata: b\n\n", {{"message", "a"}, {"message", "b"}});
}

TEST_CASE("the event stream format")
{
    struct row {
        const char* name;
        std::string text;
        seen expected;
    };
    const std::vector<row> rows{
        {"lines that end in CR LF", "event: t\r\ndata: a\r\n\r\ndata: b\r\n\r\n", {{"t", "a"}, {"message", "b"}}},
        {"lines that end in CR", "event: t\rdata: a\r\rdata: b\r\r", {{"t", "a"}, {"message", "b"}}},
        {"all line ends mixed", "data: a\rdata: b\ndata: c\r\n\n", {{"message", "a\nb\nc"}}},
        {"several data lines", "data: a\ndata:\ndata:  b\n\n", {{"message", "a\n\n b"}}},
        {"an empty data line", "data:\n\n", {{"message", ""}}},
        {"a data field without colon", "data\n\n", {{"message", ""}}},
        {"an event without data is forgotten with its type", "event: t\n\ndata: a\n\n", {{"message", "a"}}},
        {"comments and unknown fields", ": c\ndata: a\nfoo: b\n:\nretry: 5\nid: 7\n\n", {{"message", "a"}}},
        {"a colon in the data", "data: a: b\n\n", {{"message", "a: b"}}},
        {"no space after the colon", "data:a\nevent:t\n\n", {{"t", "a"}}},
        {"the last type counts", "event: t\nevent: u\ndata: a\n\n", {{"u", "a"}}},
        {"an event that is not ended", "data: a\n\ndata: b\n", {{"message", "a"}}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        check_all_cuts(endless_head + row.text, row.expected);
    }
}

TEST_CASE("the last chunk completes the response")
{
    cookie_jar cookies;
    stream_reader reader(cookies);
    CHECK(read_in_pieces(reader, chunked_head + "9\r\ndata: a\n\n\r\n", 7) == seen{{"message", "a"}});
    CHECK_FALSE(reader.is_complete());
    CHECK(read_in_pieces(reader, "0\r\nTrailer: x\r\n\r\n", 3).empty());
    CHECK(reader.is_complete());
    CHECK_FALSE(reader.is_broken());
}

TEST_CASE("the last event id is that of the last block that ended, with data or without")
{
    struct row {
        const char* name;
        std::string text;
        std::string id;
    };
    const std::vector<row> rows{
        {"none", "data: a\n\n", ""},
        {"of a block without data", "retry: 5\nid: 1-0\n\n", "1-0"},
        {"of the last event that has one", "id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n", "2"},
        {"not of a block that has not ended", "id: 1\ndata: a\n\nid: 2\ndata: b\n", "1"},
        {"the last of a block", "id: 1\nid: 2\ndata: a\n\n", "2"},
        {"an empty one takes it away", "id: 1\ndata: a\n\nid\ndata: b\n\n", ""},
        {"one with NUL does not count", std::string("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", 31), "1"},
        {"lines that end in CR LF", "id: 1\r\ndata: a\r\n\r\n", "1"},
        {"of an event with several data lines", "id: 7\ndata: a\ndata: b\n\n", "7"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto text = endless_head + row.text;
        for (std::size_t size = 1; size <= text.size(); ++size) {
            CAPTURE(size);
            cookie_jar cookies;
            stream_reader reader(cookies);
            read_in_pieces(reader, text, size);
            REQUIRE(reader.last_event_id() == row.id);
        }
    }
}

TEST_CASE("a new connection starts in the middle of nothing, with the last event id of the one before")
{
    cookie_jar cookies;
    stream_reader reader(cookies);
    read_in_pieces(reader, chunked_head + "1d\r\nid: 1\ndata: a\n\nid: 2\ndata: b", 100);
    reader.reset();
    CHECK(reader.status() == 0);
    CHECK(reader.last_event_id() == "1");
    CHECK(read_in_pieces(reader, endless_head + "data: c\n\n", 100) == seen{{"message", "c"}});
    CHECK(reader.last_event_id() == "1");
    reader.forget_last_event_id();
    CHECK(reader.last_event_id().empty());
}

TEST_CASE("an event tells its bytes when they lie together, and a reader that gets the same ones can take them at once")
{
    cookie_jar cookies;
    stream_reader first(cookies);
    const auto text = endless_head + "event: t\ndata: a\n\nid: 2\ndata: b\n\n";
    std::string_view input = text;
    received_event event;
    REQUIRE(first.next(input, event));
    const std::string block(event.block);
    CHECK(block == "event: t\ndata: a\n\n");

    stream_reader other(cookies);
    input = text;
    CHECK(other.take_known(input, block));
    CHECK_FALSE(other.take_known(input, block));
    REQUIRE(other.next(input, event));
    CHECK(event.data == "b");

    stream_reader in_the_middle(cookies);
    CHECK(read_in_pieces(in_the_middle, endless_head + "data: x\n", 100).empty());
    input = block;
    CHECK_FALSE(in_the_middle.take_known(input, block)); // here it is the rest of another event
    REQUIRE(in_the_middle.next(input, event));
    CHECK(event.data == "x\na");
    CHECK(event.block.empty());
}

TEST_CASE("what is not HTTP or not chunk framing is broken")
{
    const std::vector<std::pair<const char*, std::string>> rows{
        {"no status line", "hello\r\n\r\n"},
        {"a chunk size that is no number", chunked_head + "xyz\r\n"},
        {"a chunk longer than its size", chunked_head + "2\r\nabc\r\n"},
        {"a chunk line that ends in LF alone", chunked_head + "5\ndata:\r\n"},
        {"an unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc"},
    };
    for (const auto& [name, text] : rows) {
        CAPTURE(name);
        cookie_jar cookies;
        stream_reader reader(cookies);
        CHECK(read_in_pieces(reader, text, 1).empty());
        CHECK(reader.is_broken());
    }
}

TEST_CASE("a response with a length leaves the next one in the input")
{
    sluice::load::response_reader reader;
    std::string_view input = "HTTP/1.1 503 No\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 204 Yes\r\n\r\n";
    CHECK(reader.next_body(input) == "abc");
    CHECK(reader.is_complete());
    CHECK(reader.status() == 503);
    reader.reset();
    CHECK(reader.next_body(input).empty());
    CHECK(reader.is_complete());
    CHECK(reader.status() == 204);
    CHECK(input.empty());
}

TEST_SUITE_END();
