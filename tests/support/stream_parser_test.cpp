#include <support/stream_parser.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sluice::test;
using namespace std::string_view_literals;

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

struct data_row {
    const char* name;
    std::string stream;
    std::vector<std::string> data; ///< of the blocks with data
};

} // namespace

TEST_SUITE("support/stream_parser")
{
    TEST_CASE("data · as the standard's rules and examples say")
    {
        const std::vector<data_row> rows{
            {"one line", "data: a\n\n", {"a"}},
            {"several lines are joined by LF", "data: YHOO\ndata: +2\ndata: 10\n\n", {"YHOO\n+2\n10"}},
            {"only one space is dropped", "data:  a\n\ndata:b\n\n", {" a", "b"}},
            {"empty data is an event", "data\n\ndata:\n\ndata: \n\n", {"", "", ""}},
            {"two empty lines are one LF", "data\ndata\n\n", {"\n"}},
            {"a line end at the end is kept", "data: a\ndata:\n\n", {"a\n"}},
            {"no event without the empty line", "data: a\n\ndata: b\n", {"a"}},
            {"no data, no event", "event: x\nid: 1\n\n", {}},
            {"unknown fields and cases are ignored", "Data: a\nfoo: b\ndata : c\n\ndata: d\n\n", {"d"}},
            {"CR ends a line", "data: a\rdata: b\r\rdata: c\r\r", {"a\nb", "c"}},
            {"CR LF ends a line", "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", {"a\nb", "c"}},
            {"line ends mixed", "data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r", {"a\nb\nc", "d"}},
            {"a byte order mark at the start is dropped",
             "\xEF\xBB\xBF"
             "data: a\n\n",
             {"a"}},
            {"only there",
             "data: \xEF\xBB\xBF\n\n\xEF\xBB\xBF"
             "data: a\n\n",
             {"\xEF\xBB\xBF"}},
            {"NUL is data", std::string("data: a\0b\n\n", 11), {std::string("a\0b", 3)}},
        };
        for (const auto& row : rows) {
            for (const std::size_t piece : {std::size_t(1), std::size_t(3), std::size_t(1000)}) {
                CAPTURE(row.name);
                CAPTURE(piece);
                std::vector<std::string> data;
                for (const auto& block : parse(row.stream, piece)) {
                    if (block.has_data) {
                        data.push_back(block.data);
                    }
                }
                CHECK(data == row.data);
            }
        }
    }

    TEST_CASE("type · message when none is named, the last one counts, none for a block without data")
    {
        const auto blocks =
            parse("data: a\n\nevent: x\nevent: y\ndata: b\n\nevent: z\n\ndata: c\n\nevent:\ndata: d\n\n");
        REQUIRE(blocks.size() == 5);
        CHECK(blocks[0].type == "message");
        CHECK(blocks[1].type == "y");
        CHECK(blocks[2].type == "");
        CHECK(blocks[3].type == "message");
        CHECK(blocks[4].type == "message");
    }

    TEST_CASE("id · stays until another, an empty one clears it, one with NUL is ignored")
    {
        const auto blocks = parse("id: 1-2\ndata: a\n\ndata: b\n\nid: x\0y\ndata: c\n\nid\ndata: d\n\n"sv);
        REQUIRE(blocks.size() == 4);
        CHECK(blocks[0].id == "1-2");
        CHECK(blocks[0].has_id);
        CHECK(blocks[1].id == "1-2");
        CHECK_FALSE(blocks[1].has_id);
        CHECK(blocks[2].id == "1-2");
        CHECK_FALSE(blocks[2].has_id);
        CHECK(blocks[3].id == "");
        CHECK(blocks[3].has_id);
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

    TEST_CASE("retry · digits only")
    {
        const auto blocks =
            parse("retry: 3000\nid: 1-0\n\nretry: 3s\n\nretry: -1\n\nretry\n\nretry: 99999999999999999999\n\n");
        REQUIRE(blocks.size() == 5);
        CHECK(blocks[0].retry == 3000);
        CHECK_FALSE(blocks[0].has_data);
        CHECK(blocks[0].id == "1-0");
        for (std::size_t i = 1; i < blocks.size(); ++i) {
            CHECK_FALSE(blocks[i].retry.has_value());
        }
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
    }
}
