#include <sluice/http/item_reader.hpp>

#include <doctest/doctest.h>
#include <http/value_of.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

using test::value_of;

constexpr std::size_t most_bytes = 100;
constexpr std::size_t many = 1000;

item_terms terms(std::string_view content_type, std::string_view query = "stream=1")
{
    return value_of(parse_item_terms({.query = query, .content_type = content_type, .body = {}}));
}

/// Everything that was read from a body, written so that it can be compared.
struct outcome {
    std::vector<std::string> items{};
    std::string problem{};
};

std::string written(event const& e)
{
    std::string all = e.id + '|' + e.type + '|' + e.data + (e.is_private ? "|private" : "");
    for (auto const& topic : e.topics) {
        all += '|' + topic;
    }
    return all;
}

/// Reads the body in pieces of this size.
outcome read(item_terms const& on, std::string_view body, std::size_t piece, std::size_t most = many)
{
    item_reader reader{on, most_bytes};
    std::vector<event> events;
    outcome all;
    auto const take = [&](expected<void> const& read) {
        for (auto const& e : events) {
            all.items.push_back(written(e));
        }
        events.clear();
        if (read.has_error()) {
            all.problem = std::to_string(read.error().status) + ' ' + read.error().detail;
        }
        return read.has_value();
    };
    while (!body.empty()) {
        auto part = body.substr(0, piece);
        body.remove_prefix(part.size());
        while (!part.empty()) {
            auto const before = part.size();
            if (!take(reader.read(part, events, most))) {
                return all;
            }
            REQUIRE(part.size() < before);
        }
    }
    take(reader.finish(events));
    return all;
}

TEST_SUITE_BEGIN("http/item_reader");

TEST_CASE("read · the same items in pieces of any size, and one at a time")
{
    struct row {
        std::string name;
        item_terms on;
        std::string body;
        outcome wanted;
    };
    std::string const longest(most_bytes, 'x');
    std::string const too_long(most_bytes + 1, 'x');
    auto const lines = terms("text/plain");
    auto const ndjson = terms("application/x-ndjson", "stream=1&type=q&topic=a&topic=b&private=1&data=none");
    auto const stream = terms("text/event-stream");
    auto const named = terms("text/event-stream", "stream=1&type=q&keep_ids=1");
    std::vector<row> const rows{
        {"no lines", lines, "", {}},
        {"lines", lines, "a\n\nb c\r\nd\re\n", {{"||a", "||", "||b c", "||d\re"}}},
        {"a last line without its end", lines, "a\nb\r", {{"||a", "||b"}}},
        {"an empty line with CR LF", lines, "\r\n", {{"||"}}},
        {"the longest line", lines, longest + "\r\n" + longest, {{"||" + longest, "||" + longest}}},
        {"a line that is too long",
         lines,
         "a\n" + too_long + "\nb\n",
         {{"||a"}, "413 line 2: the event's data is too large"}},
        {"a line that is too long and never ends",
         lines,
         "a\n" + too_long + too_long,
         {{"||a"}, "413 line 2: the event's data is too large"}},
        {"a line that is not UTF-8", lines, "a\n\xff\nb", {{"||a"}, "400 line 2: the event is not valid UTF-8"}},
        {"JSON like the query", ndjson, "{}\n \r\n{}", {{"|q|none|private|a|b", "|q|none|private|a|b"}}},
        {"JSON of its own",
         ndjson,
         R"({"id":"i","type":"t","data":"d","topic":["c"],"private":false})"
         "\n",
         {{"i|t|d|c"}}},
        {"JSON that is wrong",
         ndjson,
         "{}\n\n{\"x\":1}\n{}",
         {{"|q|none|private|a|b"}, "400 line 3 has an unknown field 'x'"}},
        {"JSON data that is too long",
         ndjson,
         "{\"data\":\"" + too_long + "\"}",
         {{}, "413 line 1: the event's data is too large"}},
        {"JSON with an id of the log's form",
         ndjson,
         R"({"id":"1-2"})",
         {{}, "400 line 1: the id has the form <hi>-<lo>, which only the log assigns, or is the reserved 'earliest'"}},
        {"blocks",
         stream,
         "\xEF\xBB\xBF: c\n\ndata: a\n\nid: 5\nevent: t\ndata: b\ndata\n\nevent: none\n\ndata\n\n",
         {{"||a", "|t|b\n", "||"}}},
        {"blocks with CR LF", stream, "data: a\r\n\r\ndata: b\r\n\r\n", {{"||a", "||b"}}},
        {"a last block that is not whole", stream, "data: a\n\ndata: b\n", {{"||a"}}},
        {"blocks of a hub's own",
         stream,
         "retry: 1\nid: 1-0\nevent: connected\ndata: {}\n\ndata: a\n\nevent: heartbeat\ndata: {}\n\nevent: a,b\ndata: "
         "b\n\n",
         {{"||a"}, "400 event 4: the type has a line end, a NUL or a comma, or is longer than 256 bytes"}},
        {"blocks that keep their ids",
         named,
         "id: i\ndata: a\n\ndata: b\n\nid: 1-2\nevent: t\ndata: c\n\nid: earliest\nevent: message\ndata: d\n\n",
         {{"i|q|a", "|q|b", "|t|c", "|q|d"}}},
        {"a block that is too large",
         stream,
         "data: a\n\ndata: " + too_long + "\n\n",
         {{"||a"}, "413 event 2: the event's data is too large"}},
        {"a block that is too large and never ends",
         stream,
         "data: a\n\ndata: " + std::string(2000, 'x'),
         {{"||a"}, "413 event 2: the event's data is too large"}},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        for (auto const piece : std::vector<std::size_t>{1, 2, 3, 7, 4096}) {
            CAPTURE(piece);
            for (auto const most : {std::size_t{1}, many}) {
                auto const found = read(r.on, r.body, piece, most);
                CHECK(found.items == r.wanted.items);
                CHECK(found.problem == r.wanted.problem);
            }
        }
    }
}

TEST_CASE("footprint · an item takes memory until it is whole, and comments take none")
{
    std::vector<event> events;
    item_reader lines{terms("text/plain"), most_bytes};
    auto const none = lines.footprint();
    std::string const half(most_bytes / 2, 'x');
    std::string_view part = half;
    REQUIRE(lines.read(part, events, many).has_value());
    CHECK(lines.footprint() >= half.size());
    part = "\n";
    REQUIRE(lines.read(part, events, many).has_value());
    CHECK(lines.footprint() == none);

    item_reader blocks{terms("text/event-stream"), most_bytes};
    for (int i = 0; i != 1000; ++i) {
        part = ": still there\n";
        REQUIRE(blocks.read(part, events, many).has_value());
    }
    CHECK(blocks.footprint() < 1000);
}

TEST_CASE("terms · what is wrong with a query or a media type is named")
{
    struct row {
        std::string_view query;
        std::string_view content_type;
        unsigned status;
        std::string_view detail;
    };
    std::vector<row> const rows{
        {"stream=1", "", 415, "the body has no Content-Type"},
        {"stream=1", "application/json", 415, "the media type 'application/json' is not supported here"},
        {"stream=0", "text/plain", 400, "'stream' in the query is off: leave it out"},
        {"stream=yes", "text/plain", 400, "'stream' in the query is not 1, true, on, 0 or false"},
        {"stream=1&stream=1", "text/plain", 400, "the query gives 'stream', which is given already"},
        {"stream=1&end=1", "text/plain", 400,
         "'end' in the query closes the topics that the query names, and it names none"},
        {"stream=1&id=i", "text/plain", 400, "'id' in the query would be the id of every item"},
        {"stream=1&keep_ids=1", "text/plain", 400, "'keep_ids' in the query is only for text/event-stream"},
        {"stream=1&session=s", "text/plain", 400, "the query has an unknown field 'session'"},
        {"stream=1&private=2", "text/plain", 400, "'private' in the query is not 1, true, on, 0 or false"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.query);
        auto const found = parse_item_terms({.query = r.query, .content_type = r.content_type, .body = {}});
        REQUIRE(found.has_error());
        CHECK(found.error().status == r.status);
        CHECK(found.error().detail == r.detail);
    }
    CHECK(terms("TEXT/Plain; charset=utf-8").format == item_format::lines);
    CHECK(terms("text/event-stream", "stream=1&keep_ids=0&end=0").keep_ids == false);
}

TEST_CASE("asks_for_items · where the query names stream")
{
    CHECK(asks_for_items("stream=1"));
    CHECK(asks_for_items("type=a&stream"));
    CHECK_FALSE(asks_for_items(""));
    CHECK_FALSE(asks_for_items("type=stream"));
    CHECK_FALSE(asks_for_items("streams=1"));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
