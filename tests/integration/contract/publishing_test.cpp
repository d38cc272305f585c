// POST /broadcast and POST /send: what each form of body says, and what is answered.
#include "checks.hpp"
#include <support/event_stream.hpp>
#include <support/gzip.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct good_row {
    const char* name;
    const char* query;
    const char* content_type; ///< empty: none, and no body
    const char* body;
    const char* type;
    const char* data;
};

constexpr good_row good_rows[] = {
    {"JSON", "", json, R"({"type":"t","data":"d"})", "t", "d"},
    {"JSON without a type", "", json, R"({"data":"d"})", "message", "d"},
    {"JSON without data", "", json, R"({"type":"t"})", "t", ""},
    {"JSON with nothing", "", json, "{}", "message", ""},
    {"JSON with white space around", "", json, " \r\n{ \"data\" : \"d\" }\n", "message", "d"},
    {"JSON with a charset", "", "application/json; charset=utf-8", R"({"data":"d"})", "message", "d"},
    {"JSON in another case", "", "Application/JSON", R"({"data":"d"})", "message", "d"},
    {"JSON escapes", "", json, R"({"data":"a\n\u00e4\ud83d\udc1f\"\\\/"})", "message",
     "a\n\xc3\xa4\xf0\x9f\x90\x9f\"\\/"},
    {"JSON data an object", "", json, R"({"data": { "b" : [1, 2] , "a" : null } })", "message",
     R"({"b":[1,2],"a":null})"},
    {"JSON data an array", "", json, R"({"data":[ ]})", "message", "[]"},
    {"JSON data a number as written", "", json, R"({"data":1.50e+02})", "message", "1.50e+02"},
    {"JSON data a long number as written", "", json, R"({"data":[123456789012345678901234567890, -0.0]})", "message",
     "[123456789012345678901234567890,-0.0]"},
    {"JSON data a huge exponent as written", "", json, R"({"data":1E400})", "message", "1E400"},
    {"JSON data strings as written", "", json, R"({"data":["a \u0041 \/ "]})", "message", R"(["a \u0041 \/ "])"},
    {"JSON data true", "", json, R"({"data":true})", "message", "true"},
    {"JSON data null", "", json, R"({"data":null})", "message", "null"},
    {"JSON, type by query", "type=q", json, R"({"data":"d"})", "q", "d"},
    {"form", "", form, "type=t&data=d", "t", "d"},
    {"form escapes", "", form, "data=a+b%20c%0Ad%2B%26%3d", "message", "a b c\nd+&="},
    {"form without data", "", form, "type=t", "t", ""},
    {"form with a charset", "", "application/x-www-form-urlencoded; charset=UTF-8", "data=d", "message", "d"},
    {"form, data by query", "data=q", form, "type=t", "t", "q"},
    {"query", "type=t&data=d", "", "", "t", "d"},
    {"query escapes", "data=%C3%A4%20%26", "", "", "message", "\xc3\xa4 &"},
    {"nothing at all", "", "", "", "message", ""},
    {"access_token is no unknown field", "data=d&access_token=x", "", "", "message", "d"},
    {"access_token is no unknown field of a form", "", form, "data=d&access_token=x", "message", "d"},
    {"access_token is no unknown field of JSON", "", json, R"({"data":"d","access_token":"x"})", "message", "d"},
};

http_response publish(const endpoint& to, const std::string& route, const good_row& row,
                      const std::string& more_query = "")
{
    std::string query = row.query;
    query += query.empty() || more_query.empty() ? more_query : "&" + more_query;
    const auto target = query.empty() ? route : route + "?" + query;
    return *row.content_type == '\0' ? post(to, target) : post(to, target, row.content_type, row.body);
}

} // namespace

TEST_SUITE("contract/publishing")
{
    TEST_CASE("broadcast · every form of body says the same event")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        for_each_row(good_rows, [&](const good_row& row) {
            const auto response = publish(server.port(), "/broadcast", row);
            INFO(printable(response.body));
            CHECK(response.status == 200);
            CHECK(response.headers.get("Content-Type").starts_with("application/json"));
            if (response.status == 200) {
                const auto event = stream.next_event();
                CHECK(event.type == row.type);
                CHECK(event.data == row.data);
                CHECK(event.id == text(response.json().at("id")));
            }
        });
    }

    TEST_CASE("send · every form of body says the same event")
    {
        server_process server;
        event_stream stream(server.port());
        event_stream other(server.port());
        stream.expect("connected");
        other.expect("connected");
        for_each_row(good_rows, [&](const good_row& row) {
            const auto response = publish(server.port(), "/send", row, "session=" + stream.session_id());
            INFO(printable(response.body));
            CHECK(response.status == 200);
            if (response.status == 200) {
                const auto event = stream.next_event();
                CHECK(event.type == row.type);
                CHECK(event.data == row.data);
            }
        });
        CHECK(other.barrier().empty());
    }

    TEST_CASE("publish · is the same as broadcast, a batch too")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        for_each_row(good_rows, [&](const good_row& row) {
            const auto response = publish(server.port(), "/publish", row);
            CHECK(response.status == 200);
            CHECK(integer(response.json().at("clients")) == 1);
            CHECK(stream.next_event().data == row.data);
        });
        const auto batch = post(server.port(), "/publish", ndjson, "{}\n{}\n");
        CHECK(integer(batch.json().at("count")) == 2);
    }

    TEST_CASE("gzip · every form of body may be packed, in one member or several")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        http_connection connection(server.port());
        const auto send = [&](const std::string& type, const std::string& coding, const std::string& body) {
            return connection
                .request({.method = "POST",
                          .target = "/publish",
                          .headers = {{"Content-Type", type}, {"Content-Encoding", coding}},
                          .body = body})
                .status;
        };
        CHECK(send(json, "gzip", gzip(R"({"data":"1"})")) == 200);
        CHECK(send(form, "GZIP", gzip("data=2")) == 200);
        CHECK(send(ndjson, "x-gzip", gzip("{\"data\":\"3\"}\n{\"data\":\"4\"}\n")) == 200);
        CHECK(send(form, "gzip", gzip("data") + gzip("") + gzip("=5")) == 200);
        CHECK(send(form, "identity", "data=6") == 200);
        // Much more than is unpacked at once, in one chunk, a byte at a time.
        const std::string long_data(500'000, '7');
        const auto packed = gzip("data=" + long_data);
        connection.send(fmt::format("POST /publish HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                                    "Content-Encoding: gzip\r\nContent-Type: {}\r\n\r\n{:x}\r\n",
                                    form, packed.size()));
        connection.send_in_pieces(packed, 1);
        connection.send("\r\n0\r\n\r\n");
        CHECK(connection.read_response().status == 200);
        for (const auto* data : {"1", "2", "3", "4", "5", "6"}) {
            CHECK(stream.next_event().data == data);
        }
        CHECK(stream.next_event().data == long_data);
    }

    TEST_CASE("batch · of 100,000 events keeps its order; of one more it is refused whole")
    {
        server_process server({"--log-events", "200000"});
        event_stream stream(server.port());
        stream.expect("connected");
        std::string body;
        for (int i = 0; i < 100'000; ++i) {
            body += fmt::format("{{\"data\":\"{}\"}}\n", i);
        }
        check_problem(post(server.port(), "/publish", ndjson, body + "{}\n"), 413, "100000");
        const auto answer = post(server.port(), "/publish", ndjson, body + "\n\n");
        CHECK(answer.status == 200);
        CHECK(integer(answer.json().at("count")) == 100'000);
        bool in_order = true;
        for (int i = 0; i < 100'000 && in_order; ++i) {
            in_order = stream.next_event().data == std::to_string(i);
        }
        CHECK(in_order);
    }

    TEST_CASE("broadcast · the answer has the id and the streams connected at that moment")
    {
        server_process server;
        mint_session(server.port());
        const auto answer = post(server.port(), "/broadcast?data=x").json().as_object();
        CHECK(keys(answer) == std::set<std::string>{"id", "clients"});
        CHECK(integer(answer.at("clients")) == 0);
        event_stream first(server.port());
        event_stream second(server.port(), {.types = {"other"}});
        first.connected();
        second.connected();
        CHECK(integer(post(server.port(), "/broadcast?data=x").json().at("clients")) == 2);
    }

    TEST_CASE("limits · a type of 256 bytes, an id of 256 bytes and data of the very limit are taken")
    {
        server_process server({"--max-event-bytes", "1KiB"});
        event_stream stream(server.port());
        stream.expect("connected");
        const std::string long_name(256, 'n');
        const std::string longest(1024, 'd');
        CHECK(
            post(server.port(), fmt::format("/broadcast?type={0}&id={0}", long_name), form, "data=" + longest).status ==
            200);
        const auto event = stream.next_event();
        CHECK(event.type == long_name);
        CHECK(event.id == long_name);
        CHECK(event.data == longest);
        const auto id = broadcast(server.port(), std::string(1024, '\n')); // each a line of its own on the wire
        CHECK(stream.next_event().id == id);
    }

    TEST_CASE("batch · one event per line, in order, with the first and the last id")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        for (const std::string end : {"", "\n", "\r\n"}) {
            const auto body = R"({"type":"a","data":"1"})"
                              "\n"
                              R"({"data":{"n": 2}})"
                              "\n"
                              R"({"id":"own","data":"3"})" +
                              end;
            const auto response = post(server.port(), "/broadcast", ndjson, body);
            CHECK(response.status == 200);
            const auto answer = response.json().as_object();
            CHECK(keys(answer) == std::set<std::string>{"count", "first", "last"});
            CHECK(integer(answer.at("count")) == 3);
            CHECK(text(answer.at("last")) == "own");
            const auto first = stream.next_event();
            CHECK(first.id == text(answer.at("first")));
            CHECK(first.type == "a");
            CHECK(stream.next_event().data == R"({"n":2})");
            const auto last = stream.next_event();
            CHECK(last.id == "own");
            CHECK(last.data == "3");
        }
    }

    TEST_CASE("send · sessions by query, JSON and form, each once, connected or buffered")
    {
        server_process server;
        event_stream connected(server.port());
        connected.expect("connected");
        const auto buffered = mint_session(server.port());
        const auto& a = connected.session_id();
        const std::vector<http_response> responses{
            post(server.port(), fmt::format("/send?data=1&session={}&session={}", a, buffered)),
            post(server.port(), "/send", json, fmt::format(R"({{"data":"2","sessions":["{}","{}"]}})", a, buffered)),
            post(server.port(), "/send", form, fmt::format("data=3&session={}&session={}", a, buffered)),
            post(server.port(), fmt::format("/send?data=4&session={0}&session={0}&session={1}", a, buffered)),
        };
        event_stream late(server.port(), {.session = buffered});
        for (std::size_t i = 0; i < responses.size(); ++i) {
            CAPTURE(i);
            INFO(responses[i].body);
            REQUIRE(responses[i].status == 200);
            const auto answer = responses[i].json().as_object();
            CHECK(keys(answer) == std::set<std::string>{"id", "unknown"});
            CHECK(answer.at("unknown").as_array().empty());
            for (auto* stream : {&connected, &late}) {
                const auto event = stream->next_of_type("message");
                CHECK(event.data == std::to_string(i + 1));
                CHECK(event.id == text(answer.at("id")));
            }
        }
        CHECK(connected.barrier().empty());
    }

    TEST_CASE("send · unknown sessions are named; 404 when every one is; 400 when none is named")
    {
        server_process server;
        event_stream stream(server.port());
        stream.expect("connected");
        const auto partly =
            post(server.port(), fmt::format("/send?data=x&session=nobody&session={}", stream.session_id()));
        CHECK(partly.status == 200);
        CHECK(boost::json::serialize(partly.json().at("unknown")) == R"(["nobody"])");
        CHECK(stream.next_event().data == "x");
        check_problem(post(server.port(), "/send?data=y&session=nobody&session=noone"), 404);
        check_problem(post(server.port(), "/send", json, R"({"data":"y","sessions":["nobody"]})"), 404);
        check_problem(post(server.port(), "/send?data=y"), 400, "session");
        check_problem(post(server.port(), "/send", json, R"({"data":"y","sessions":[]})"), 400, "session");
        CHECK(stream.barrier().empty());
    }

    TEST_CASE("send · obeys the session's filter, live and replayed")
    {
        server_process server;
        event_stream stream(server.port(), {.types = {"wanted"}});
        stream.expect("connected");
        const auto send = [&](const char* type, const char* data) {
            const auto response =
                post(server.port(), fmt::format("/send?type={}&data={}&session={}", type, data, stream.session_id()));
            CHECK(response.status == 200);
        };
        send("unwanted", "1");
        send("wanted", "2");
        CHECK(stream.next_event().data == "2");
        const auto last = stream.last_event_id();
        stream.close();
        wait_stat(server.port(), "active_clients", 0);
        send("unwanted", "3");
        send("wanted", "4");
        event_stream resumed(server.port(), {.session = stream.session_id(), .last_event_id = last});
        CHECK(integer(resumed.connected().at("replay")) == 1);
        CHECK(resumed.next_of_type("wanted").data == "4");
    }
}
