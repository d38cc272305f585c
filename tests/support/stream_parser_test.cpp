#include <support/stream_parser.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sluice::test;

namespace {

std::vector<received_event> parse(std::string_view stream, std::size_t piece = 1U << 20U)
{
    stream_parser parser;
    std::vector<received_event> blocks;
    for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
        parser.feed(stream.substr(0, piece));
        while (auto block = parser.next()) {
            blocks.push_back(std::move(*block));
        }
    }
    return blocks;
}

} // namespace

TEST_SUITE("support/stream_parser")
{
    TEST_CASE("blocks · each in its order, with what it names itself")
    {
        for (const std::size_t piece : {std::size_t(1), std::size_t(3), std::size_t(1000)}) {
            CAPTURE(piece);
            const auto blocks =
                parse("retry: 5\nid: 1\n\nevent: x\ndata: a\ndata: b\n\nid\ndata\n\nevent: y\n\n", piece);
            REQUIRE(blocks.size() == 4);
            CHECK(blocks[0].id == "1");
            CHECK(blocks[0].has_id);
            CHECK_FALSE(blocks[0].has_data);
            CHECK(blocks[0].type.empty());
            CHECK(blocks[0].retry == 5);
            CHECK(blocks[1].id == "1");
            CHECK_FALSE(blocks[1].has_id);
            CHECK(blocks[1].has_data);
            CHECK(blocks[1].type == "x");
            CHECK(blocks[1].data == "a\nb");
            CHECK_FALSE(blocks[1].retry.has_value());
            CHECK(blocks[2].id.empty());
            CHECK(blocks[2].has_id);
            CHECK(blocks[2].has_data);
            CHECK(blocks[2].type == "message");
            CHECK(blocks[2].data.empty());
            CHECK_FALSE(blocks[3].has_data);
            CHECK(blocks[3].type.empty());
        }
    }

    TEST_CASE("last event id · moves with whole blocks only")
    {
        stream_parser parser("5-5");
        CHECK(parser.last_event_id() == "5-5");
        parser.feed("id: 6-6\n");
        CHECK(parser.last_event_id() == "5-5");
        parser.feed("\n");
        CHECK(parser.last_event_id() == "6-6");
    }

    TEST_CASE("comments · are kept, also alone in a block")
    {
        const auto blocks = parse(": replayed now\nid: 1-1\ndata: a\n\n:\n\n:x\n: y\n\n");
        REQUIRE(blocks.size() == 3);
        CHECK(blocks[0].comments == std::vector<std::string>{"replayed now"});
        CHECK(blocks[1].comments == std::vector<std::string>{""});
        CHECK_FALSE(blocks[1].has_data);
        CHECK(blocks[2].comments == std::vector<std::string>{"x", "y"});
    }

    TEST_CASE("raw · has each block's bytes, and what follows is unfinished")
    {
        stream_parser parser;
        parser.feed("id: 1\ndata: a\n\n\ndata: b\r\n\r\ndata: c\nda");
        CHECK(parser.next()->raw == "id: 1\ndata: a\n\n");
        CHECK(parser.next()->raw == "\n");
        CHECK(parser.next()->raw == "data: b\r\n\r\n");
        CHECK_FALSE(parser.next().has_value());
        CHECK(parser.unfinished() == "data: c\nda");
        for (const std::size_t piece : {std::size_t(1), std::size_t(1000)}) {
            CAPTURE(piece);
            stream_parser all;
            std::string_view stream = "data: a\r\n\r\n\ndata: b\r\r: c\r\n\n";
            for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
                all.feed(stream.substr(0, piece));
            }
            std::vector<received_event> blocks;
            while (auto block = all.next()) {
                blocks.push_back(std::move(*block));
            }
            REQUIRE(blocks.size() == 4);
            CHECK(blocks[0].raw == "data: a\r\n\r\n");
            CHECK(blocks[1].raw == "\n");
            CHECK(blocks[2].raw == "data: b\r\r");
            CHECK(blocks[3].raw == ": c\r\n\n");
            CHECK(blocks[3].comments == std::vector<std::string>{"c"});
        }
    }
}
