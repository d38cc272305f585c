#include "../floor/event_bytes.hpp"
#include "../floor/request_reader.hpp"

#include <doctest/doctest.h>

#include <string>

using sluice::load::read_published;
using sluice::load::request;
using sluice::load::request_reader;

TEST_SUITE_BEGIN("load/floor");

TEST_CASE("pipelined requests come out one by one, however they are cut")
{
    const std::string text = "POST /broadcast?x=1 HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc"
                             "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        CAPTURE(size);
        request_reader reader;
        std::string log;
        for (std::size_t at = 0; at < text.size(); at += size) {
            reader.append(std::string_view(text).substr(at, size));
            request next;
            while (reader.next(next) == request_reader::result::complete) {
                log.append(next.method).append(" ").append(next.path).append(" ").append(next.body).append("|");
            }
        }
        CHECK(log == "POST /broadcast abc|GET /events |");
    }
}

TEST_CASE("what has no request line, or no length that it can read, is bad")
{
    for (const char* text : {"hello\r\n\r\n", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        CAPTURE(text);
        request_reader reader;
        reader.append(text);
        request next;
        CHECK(reader.next(next) == request_reader::result::bad);
    }
}

TEST_CASE("type and data are taken from JSON, anything else is data")
{
    const auto json = read_published(R"({"type":"load","data":"a b"})");
    REQUIRE(json);
    CHECK(json->type == "load");
    CHECK(json->data == "a b");
    const auto opaque = read_published("plain");
    REQUIRE(opaque);
    CHECK(opaque->type.empty());
    CHECK(opaque->data == "plain");
    CHECK_FALSE(read_published("two\nlines"));
}

TEST_CASE("an event is one chunk with the right size")
{
    using sluice::load::make_chunk;
    using sluice::load::make_event;
    CHECK(make_chunk(make_event("1-2", {"t", "a"})) == "1a\r\nid: 1-2\nevent: t\ndata: a\n\n\r\n");
    CHECK(make_chunk(make_event("1-2", {"", "a"})) == "11\r\nid: 1-2\ndata: a\n\n\r\n");
}

TEST_SUITE_END();
