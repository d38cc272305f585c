// What the log holds of an interest: replayed by `earliest` and `since`.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

using namespace sluice::test;

namespace {

using texts = std::vector<std::string>;

/// Publishes the data, and returns the event's id.
std::string publish(const endpoint& to, const std::string& data, const std::string& more = "")
{
    const auto answer = post(to, "/publish", json, fmt::format(R"({{"data":"{}"{}}})", data, more));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    return std::string{answer.json().at("id").as_string()};
}

/// The data of `connected`, which is taken from the stream.
boost::json::object begin(event_stream& stream)
{
    auto connected = stream.connected();
    CHECK(stream.next_event().type == "connected");
    return connected;
}

/// The data of the replayed events; checks that they are as many as `connected` says, and that nothing is lost.
texts replayed(event_stream& stream)
{
    const auto connected = begin(stream);
    CHECK(connected.at("dropped") == 0);
    texts data;
    const auto count = connected.at("replay").as_int64();
    if (count != 0) {
        CHECK(stream.next_event().type == "replay-start");
        for (auto left = count; left != 0; --left) {
            data.push_back(stream.next_event().data);
        }
        CHECK(stream.next_event().type == "replay-end");
    }
    return data;
}

/// The present moment, in RFC 3339 to the microsecond.
std::string now()
{
    const auto time = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    return fmt::format("{:%FT%T}.{:06}Z", fmt::gmtime(std::chrono::floor<std::chrono::seconds>(time)),
                       time.time_since_epoch().count() % 1'000'000);
}

} // namespace

TEST_SUITE("contract/history")
{
    TEST_CASE("earliest, since · replay all that the log holds from there, whatever a buffer's size")
    {
        for (const auto* const buffer : {"2", "0"}) {
            CAPTURE(buffer);
            server_process server({"--buffer-size", buffer, "--threads", "2"});
            const auto first = publish(server.port(), "a");
            publish(server.port(), "b", R"(,"id":"own b")");
            const auto between = now();
            const auto third = publish(server.port(), "c");
            publish(server.port(), "d", R"(,"type":"t")");
            publish(server.port(), "e");
            struct row {
                const char* name;
                stream_options how;
                texts comes;
            };
            const texts all{"a", "b", "c", "d", "e"};
            auto in_paris = between;
            in_paris.replace(in_paris.size() - 1, 1, "%2B00:00");
            for_each_row(
                std::vector<row>{
                    {"the last id earliest", {.last_event_id = "earliest"}, all},
                    {"and in the query", {.query = "lastEventID=earliest"}, all},
                    {"since earliest", {.query = "since=earliest"}, all},
                    {"since an id, behind it", {.query = "since=" + first}, {"b", "c", "d", "e"}},
                    {"since a publisher's id", {.query = "since=own%20b"}, {"c", "d", "e"}},
                    {"since the newest", {.query = "since=" + third + "&types=nothing"}, {}},
                    {"since an id that is unknown", {.query = "since=nobody's"}, all},
                    {"since an id ahead of the log", {.query = "since=" + first + "99"}, all},
                    {"since a time", {.query = "since=" + between}, {"c", "d", "e"}},
                    {"and with an offset", {.query = "since=" + in_paris}, {"c", "d", "e"}},
                    {"since a time to come", {.query = "since=2999-01-01T00:00:00Z"}, {}},
                    {"with types", {.query = "since=earliest&types=t"}, {"d"}},
                    {"with an empty one it is not asked for", {.query = "since="}, {}},
                    {"a last id wins", {.last_event_id = third, .query = "since=nothing&types=nothing"}, {}},
                },
                [&](const row& r) {
                    event_stream stream(server.port(), r.how);
                    CHECK(replayed(stream) == r.comes);
                });
        }
    }

    TEST_CASE("earliest · is for a session that comes back, too, and goes on with live events")
    {
        server_process server;
        publish(server.port(), "a");
        event_stream first(server.port());
        const auto id = first.session_id();
        begin(first);
        publish(server.port(), "b");
        first.next_event();
        event_stream again(server.port(), {.session = id, .last_event_id = "earliest"});
        const auto connected = begin(again);
        CHECK(connected.at("resumed") == true);
        CHECK(connected.at("replay") == 2);
        CHECK(again.next_event().type == "replay-start");
        CHECK(again.next_event().data == "a");
        CHECK(again.next_event().data == "b");
        CHECK(again.next_event().type == "replay-end");
        publish(server.port(), "c");
        CHECK(again.next_event().data == "c");
    }

    TEST_CASE("earliest · with topics leaves broadcasts without a topic out of the replay, not of what is live")
    {
        for (const auto* const query :
             {"topic=a", "topic=a&topic=b", "topic_pattern=/a", "topic=a&topic=b&topic=c&topic=d"}) {
            CAPTURE(query);
            server_process server;
            publish(server.port(), "no topic");
            publish(server.port(), "a", R"(,"topic":["a","/a"])");
            publish(server.port(), "no topic either");
            event_stream stream(server.port(), {.last_event_id = "earliest", .query = query});
            CHECK(replayed(stream) == texts{"a"});
            publish(server.port(), "live without topic");
            CHECK(stream.next_event().data == "live without topic");
            // What it missed since is all that is for it.
            const auto id = stream.session_id();
            const auto last = stream.last_event_id();
            stream.close();
            publish(server.port(), "missed without topic");
            event_stream resumed(server.port(), {.session = id, .last_event_id = last});
            CHECK(replayed(resumed) == texts{"missed without topic"});
        }
    }

    TEST_CASE("since · what the log has let go of behind the id is told")
    {
        server_process server({"--log-events", "3", "--buffer-size", "1"});
        const auto first = publish(server.port(), "a");
        for (const auto* const data : {"b", "c", "d", "e"}) {
            publish(server.port(), data);
        }
        event_stream stream(server.port(), {.query = "since=" + first});
        const auto connected = begin(stream);
        CHECK(connected.at("replay") == 3);
        CHECK(connected.at("dropped") == 1);
        CHECK(stream.next_event().type == "buffer-overflow");
        event_stream earliest(server.port(), {.query = "since=earliest"});
        CHECK(replayed(earliest) == texts{"c", "d", "e"});
    }

    TEST_CASE("since · twice is a mistake; without reconnection nothing is replayed")
    {
        server_process server({"--no-reconnection"});
        publish(server.port(), "a");
        check_problem(event_stream::refused(server.port(), {.query = "since=earliest&since=earliest"}), 400, "since");
        event_stream stream(server.port(), {.last_event_id = "earliest"});
        CHECK(replayed(stream).empty());
    }

    TEST_CASE("GET /history · events of the log as JSON, a page at a time")
    {
        server_process server({"--threads", "2"});
        const auto first = publish(server.port(), "a", R"(,"topic":["x","/y"],"type":"t")");
        publish(server.port(), "b\\nb", R"(,"id":"own")");
        publish(server.port(), "c", R"(,"topic":"x")");
        const auto read = [&](const std::string& query) { return get(server.port(), "/history" + query).json(); };
        const auto all = read("");
        CHECK(all.at("next").is_null());
        const auto& events = all.at("events").as_array();
        REQUIRE(events.size() == 3);
        const auto& e = events[0].as_object();
        CHECK(e.size() == 6);
        CHECK(e.at("id").as_string() == first);
        CHECK(e.at("topics") == boost::json::array{"x", "/y"});
        CHECK(e.at("type") == "t");
        CHECK(e.at("data") == "a");
        CHECK(e.at("private") == false);
        CHECK(e.at("time").as_string().size() == std::string_view{"2026-01-31T09:30:00.125Z"}.size());
        CHECK(events[1].at("id") == "own");
        CHECK(events[1].at("data") == "b\nb");
        CHECK(events[1].at("topics") == boost::json::array{});
        CHECK(events[1].at("type") == "message");

        const auto data = [&](const std::string& query) {
            texts found;
            const auto page = read(query);
            for (const auto& each : page.at("events").as_array()) {
                found.emplace_back(each.at("data").as_string());
            }
            return found;
        };
        CHECK(data("?topic=x") == texts{"a", "c"});
        CHECK(data("?topic_pattern=/:y") == texts{"a"});
        CHECK(data("?topic=x&types=message") == texts{"c"});
        CHECK(data("?topic=*") == texts{"a", "b\nb", "c"});
        CHECK(data("?since=own") == texts{"c"});
        CHECK(data("?since=earliest") == texts{"a", "b\nb", "c"});
        CHECK(data("?since=2999-01-01T00:00:00Z").empty());
        texts paged;
        std::string next;
        for (int pages = 0; pages != 3; ++pages) {
            const auto page = read("?limit=1&since=" + next);
            paged.emplace_back(page.at("events").at(0).at("data").as_string());
            next = pages == 2 ? "" : std::string{page.at("next").as_string()};
            CHECK(page.at("next").is_null() == (pages == 2));
        }
        CHECK(paged == texts{"a", "b\nb", "c"});
    }

    TEST_CASE("GET /history · what is wrong is named, and it needs what a stream needs")
    {
        server_process server({"--subscribe-token", "s", "--publish-token", "p"});
        CHECK(get(server.port(), "/history").status == 401);
        const header_fields as_publisher{{"Authorization", "Bearer p"}, {"Content-Type", json}};
        CHECK(request(server.port(), {.method = "POST",
                                      .target = "/publish",
                                      .headers = as_publisher,
                                      .body = R"({"data":"a","topic":"x","private":true})"})
                  .status == 200);
        const auto page = get(server.port(), "/history?access_token=s").json();
        CHECK(page.at("events").at(0).at("private") == true);
        struct row {
            const char* name;
            std::string query;
            const char* names;
        };
        for_each_row(std::vector<row>{{"limit 0", "limit=0", "limit"},
                                      {"limit above", "limit=1001", "limit"},
                                      {"limit twice", "limit=1&limit=1", "limit"},
                                      {"no pattern", "topic_pattern=/:a/:a", "topic_pattern"},
                                      {"unknown", "topics=a", "topics"}},
                     [&](const row& r) {
                         check_problem(get(server.port(), "/history?access_token=s&" + r.query), 400, r.names);
                     });
    }

    TEST_CASE("GET /history · without a token there are no private events")
    {
        server_process server;
        publish(server.port(), "secret", R"(,"topic":"x","private":true)");
        publish(server.port(), "open", R"(,"topic":"x")");
        const auto page = get(server.port(), "/history?topic=x").json();
        REQUIRE(page.at("events").as_array().size() == 1);
        CHECK(page.at("events").at(0).at("data") == "open");
    }

    TEST_CASE("keep · only the newest of the canonical topic are replayed from then on, and the others are no loss")
    {
        server_process server({"--threads", "2"});
        event_stream buffered(server.port(), {.query = "topic=x"});
        begin(buffered);
        const auto id = buffered.session_id();
        const auto before = buffered.last_event_id();
        publish(server.port(), "1", R"(,"topic":"x")");
        publish(server.port(), "2", R"(,"topic":["x","y"])");
        publish(server.port(), "alternate", R"(,"topic":["y","x"])");
        publish(server.port(), "3", R"(,"topic":"x","keep":2)");
        // A stream that is live gets each.
        for (const auto* const data : {"1", "2", "alternate", "3"}) {
            CHECK(buffered.next_event().data == data);
        }
        const texts kept{"2", "alternate", "3"};
        event_stream earliest(server.port(), {.query = "topic=x&since=earliest"});
        CHECK(replayed(earliest) == kept);
        event_stream resumed(server.port(), {.session = id, .last_event_id = before});
        CHECK(replayed(resumed) == kept);
        publish(server.port(), "4", R"(,"topic":"x")");
        event_stream later(server.port(), {.last_event_id = "earliest"});
        CHECK(replayed(later) == texts{"2", "alternate", "3", "4"});
        CHECK(post(server.port(), "/publish?topic=x&data=5&keep=1").status == 200);
        event_stream value(server.port(), {.query = "topic=x&since=earliest"});
        CHECK(replayed(value) == texts{"alternate", "5"});
        CHECK(get(server.port(), "/history?topic=x").json().at("events").as_array().size() == 2);
    }

    TEST_CASE("keep · what it let go of is no loss where it has left the log, too")
    {
        server_process server({"--log-events", "4", "--buffer-size", "1"});
        event_stream stream(server.port(), {.query = "topic=x"});
        begin(stream);
        const auto id = stream.session_id();
        const auto before = stream.last_event_id();
        stream.close();
        wait_stat(server.port(), "active_clients", 0);
        for (const auto* const data : {"1", "2", "3", "4", "5", "6"}) {
            publish(server.port(), data, R"(,"topic":"x","keep":1)");
        }
        event_stream resumed(server.port(), {.session = id, .last_event_id = before});
        CHECK(replayed(resumed) == texts{"6"});
    }

    TEST_CASE("ttl · behind it an event is not replayed, and that is no loss")
    {
        server_process server;
        event_stream live(server.port());
        const auto connected = begin(live);
        const auto before = live.last_event_id();
        publish(server.port(), "a", R"(,"ttl":"0")");
        publish(server.port(), "b", R"(,"ttl":"1h")");
        CHECK(post(server.port(), "/publish", form, "data=c&ttl=1ms").status == 200);
        publish(server.port(), "d");
        for (const auto* const data : {"a", "b", "c", "d"}) {
            CHECK(live.next_event().data == data);
        }
        const texts kept{"b", "d"};
        const deadline until;
        texts found;
        while (found != kept && !until.passed()) {
            event_stream stream(server.port(), {.last_event_id = before});
            found = replayed(stream);
        }
        CHECK(found == kept);
        CHECK(get(server.port(), "/history").json().at("events").as_array().size() == 2);
    }

    TEST_CASE("ttl, keep · what is wrong is named")
    {
        server_process server;
        struct row {
            const char* name;
            std::string fields;
            const char* names;
        };
        for_each_row(std::vector<row>{{"a number for a duration", R"("ttl":30)", "ttl"},
                                      {"no unit", R"("ttl":"30")", "ttl"},
                                      {"negative", R"("ttl":"-1s")", "ttl"},
                                      {"a text for a number", R"("topic":"x","keep":"1")", "keep"},
                                      {"none", R"("topic":"x","keep":0)", "keep"},
                                      {"above", R"("topic":"x","keep":65536)", "keep"},
                                      {"a fraction", R"("topic":"x","keep":1.5)", "keep"},
                                      {"without a topic", R"("keep":1)", "keep"}},
                     [&](const row& r) {
                         check_problem(post(server.port(), "/publish", json, "{" + r.fields + "}"), 400, r.names);
                     });
        CHECK(post(server.port(), "/publish", json, R"({"topic":"x","keep":65535,"ttl":"100d"})").status == 200);
        check_problem(post(server.port(), "/send", form, "session=a&ttl=1s"), 400, "ttl");
    }
}
