// Section by section what one event looks like on the wire, and how ids order and name events.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <regex>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct wire_row {
    const char* name;
    const char* type;
    std::string_view data;
    const char* block; ///< what stands behind the id's line
};

constexpr wire_row wire_rows[] = {
    {"type and data", "greeting", "hello", "event: greeting\ndata: hello\n\n"},
    {"message is left out", "message", "hello", "data: hello\n\n"},
    {"an empty type is a message", "", "hello", "data: hello\n\n"},
    {"empty data", "message", "", "data:\n\n"},
    {"a space in front is kept", "message", " x", "data:  x\n\n"},
    {"a space alone", "message", " ", "data:  \n\n"},
    {"a colon in front", "message", ":x", "data: :x\n\n"},
    {"LF", "message", "a\nb", "data: a\ndata: b\n\n"},
    {"CR", "message", "a\rb", "data: a\ndata: b\n\n"},
    {"CR LF", "message", "a\r\nb", "data: a\ndata: b\n\n"},
    {"LF CR is two line ends", "message", "a\n\rb", "data: a\ndata:\ndata: b\n\n"},
    {"an empty line within", "message", "a\n\nb", "data: a\ndata:\ndata: b\n\n"},
    {"a line end at the end is kept", "message", "a\n", "data: a\ndata:\n\n"},
    {"CR LF at the end is one", "message", "a\r\n", "data: a\ndata:\n\n"},
    {"a line end alone", "message", "\n", "data:\ndata:\n\n"},
    {"a forged field", "message", "x\nid: 7\nevent: y", "data: x\ndata: id: 7\ndata: event: y\n\n"},
    {"a forged event", "message", "x\n\ndata: y\n\n", "data: x\ndata:\ndata: data: y\ndata:\ndata:\n\n"},
    {"a type with a colon and spaces", " a: b ", "x", "event:  a: b \ndata: x\n\n"},
    {"NUL in data", "message", std::string_view("a\0b", 3), "data: a"},
    {"four bytes of UTF-8", "message", "\xf0\x9f\x90\x9f", "data: \xf0\x9f\x90\x9f\n\n"},
};

} // namespace

TEST_SUITE("contract/event_wire")
{
    TEST_CASE("block · id, event and data in this order, LF alone")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        for_each_row(wire_rows, [&](const wire_row& row) {
            const auto id = broadcast(server.port(), row.data, row.type);
            const auto event = stream.next();
            CHECK(event.raw.starts_with(fmt::format("id: {}\n{}", id, row.block)));
            if (row.data.find('\0') == std::string_view::npos) {
                CHECK(event.raw == fmt::format("id: {}\n{}", id, row.block));
            } else {
                CHECK(event.data == row.data);
            }
        });
    }

    TEST_CASE("block · an id of the publisher's goes out as given")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        for (const std::string id : {"order-7", "1", "a b", "\xc3\xa4", "-", "1-", "1-2-3", "1-x"}) {
            CAPTURE(id);
            const auto response = post(server.port(), "/broadcast?data=x&id=" + percent_encode(id));
            CHECK(response.status == 200);
            if (response.status == 200) {
                CHECK(text(response.json().at("id")) == id);
                CHECK(stream.next().raw == fmt::format("id: {}\ndata: x\n\n", id));
            }
        }
    }

    TEST_CASE("id · an empty one counts as none")
    {
        server_process server;
        const auto response = post(server.port(), "/broadcast?data=x&id=");
        CHECK(response.status == 200);
        CHECK(is_position(text(response.json().at("id"))));
    }

    TEST_CASE("id · grows with each event, whatever the route")
    {
        server_process server;
        event_stream stream(server.port());
        std::vector<std::string> answered{broadcast(server.port(), "one")};
        const auto sent = post(server.port(), "/send?data=x&session=" + stream.session_id());
        answered.push_back(text(sent.json().at("id")));
        const auto batch = broadcast_batch(server.port(), {"a", "b", "c"});
        const auto [hi, lo] = position(text(batch.at("first")));
        answered.push_back(fmt::format("{}-{}", hi, lo));
        answered.push_back(fmt::format("{}-{}", hi, lo + 1));
        answered.push_back(fmt::format("{}-{}", hi, lo + 2));
        CHECK(text(batch.at("last")) == answered.back());
        answered.push_back(broadcast(server.port(), "last"));
        CHECK(position(answered.front()).second == 1);
        for (std::size_t i = 0; i < answered.size(); ++i) {
            CHECK(stream.next_of_type("message").id == answered[i]);
            CHECK((i == 0 || position(answered[i - 1]) < position(answered[i])));
        }
    }

    TEST_CASE("id · is greater after a restart")
    {
        std::string before;
        {
            server_process first;
            broadcast_batch(first.port(), std::vector<std::string>(50, "x"));
            before = broadcast(first.port(), "x");
        }
        server_process second;
        CHECK(position(before) < position(broadcast(second.port(), "x")));
    }

    TEST_CASE("id · one of the publisher's works as a last id, and given twice names the earliest")
    {
        server_process server;
        CHECK(post(server.port(), "/broadcast?data=one&id=twice").status == 200);
        broadcast(server.port(), "two");
        CHECK(post(server.port(), "/broadcast?data=three&id=twice").status == 200);
        event_stream stream(server.port(), {.last_event_id = "twice"});
        CHECK(stream.next_of_type("message").data == "two");
        const auto third = stream.expect("message");
        CHECK(third.data == "three");
        CHECK(third.id == "twice");
    }

    TEST_CASE("replay · is byte for byte the same but for the comment with the time of publishing")
    {
        server_process server;
        const auto start = broadcast(server.port(), "start");
        event_stream live(server.port());
        live.expect("connected");
        const std::regex comment(R"(replayed \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00))",
                                 std::regex::ECMAScript);
        std::vector<std::string> sent;
        for (const auto& row : wire_rows) {
            broadcast(server.port(), row.data, row.type);
            sent.push_back(live.next().raw);
        }
        event_stream replayed(server.port(), {.last_event_id = start});
        replayed.next_of_type("replay-start");
        for (const auto& raw : sent) {
            const auto block = replayed.next();
            REQUIRE(block.comments.size() == 1);
            CHECK(std::regex_match(block.comments.front(), comment));
            CHECK(block.raw == fmt::format(": {}\n{}", block.comments.front(), raw));
        }
        CHECK(replayed.next().type == "replay-end");
    }
}
