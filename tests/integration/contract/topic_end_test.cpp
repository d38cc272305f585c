// The end of a topic: `last`, `end=1`, the event `topic-end`, 204 and 409, and DELETE /topics/{topic}.
#include "checks.hpp"
#include "minted.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <string>
#include <vector>

using namespace sluice::test;

namespace {

using texts = std::vector<std::string>;

http_response try_about(const endpoint& to, const std::string& topic, const std::string& data,
                        const std::string& more = "")
{
    return post(to, "/publish", json, fmt::format(R"({{"topic":"{}","data":"{}"{}}})", topic, data, more));
}

/// Returns the event's id.
std::string publish_about(const endpoint& to, const std::string& topic, const std::string& data,
                          const std::string& more = "")
{
    const auto answer = try_about(to, topic, data, more);
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    return std::string{answer.json().at("id").as_string()};
}

constexpr auto last = R"(,"last":true)";

std::int64_t stats_member(const endpoint& of, std::string_view name)
{
    return integer(get(of, "/stats").json().at(name));
}

http_response forget(const endpoint& to, const std::string& topic, const header_fields& headers = {})
{
    return request(to, {.method = "DELETE", .target = "/topics/" + topic, .headers = headers});
}

/// The data of the events that come before `topic-end`, which is the last thing on the stream.
texts to_the_end(event_stream& stream, const std::string& topic)
{
    texts data;
    for (auto e = stream.next_event();; e = stream.next_event()) {
        if (e.type == "topic-end") {
            CHECK(parse_json(e.data) == boost::json::value{{"topic", topic}});
            break;
        }
        if (e.type == "message") {
            data.push_back(e.data);
        }
    }
    CHECK(stream.wait_end() == stream_end::last_chunk);
    CHECK_FALSE(stream.try_next());
    return data;
}

texts whole(const endpoint& to, const stream_options& how, const std::string& topic = "a")
{
    event_stream stream(to, how);
    return to_the_end(stream, topic);
}

void check_no_more(const endpoint& to, const stream_options& how)
{
    const auto refused = event_stream::refused(to, how);
    CHECK(refused.status == 204);
    CHECK(refused.body.empty());
}

} // namespace

TEST_SUITE("contract/topic end")
{
    TEST_CASE("last · ends the streams of that one topic behind the event, and no others")
    {
        server_process server({"--threads", "2"});
        event_stream one(server.port(), {.query = "topic=a"});
        event_stream twice(server.port(), {.query = "topic=a&topic=a"});
        event_stream of_other_type(server.port(), {.query = "topic=a&types=t"});
        event_stream two(server.port(), {.query = "topic=a&topic=b"});
        event_stream pattern(server.port(), {.query = "topic_pattern=/*"});
        event_stream every(server.port(), {.query = "topic=*"});
        event_stream all(server.port());
        for (auto* const each : {&one, &twice, &of_other_type, &two, &pattern, &every, &all}) {
            CHECK(each->next_event().type == "connected");
        }
        publish_about(server.port(), "a", "1");
        publish_about(server.port(), "a", "2", last);
        CHECK(to_the_end(one, "a") == texts{"1", "2"});
        CHECK(to_the_end(twice, "a") == texts{"1", "2"});
        CHECK(to_the_end(of_other_type, "a").empty());
        CHECK(post(server.port(), "/publish", json, R"({"data":"3","topic":["b","/b"]})").status == 200);
        for (auto* const each : {&two, &every, &all}) {
            CHECK(each->next_event().data == "1");
            CHECK(each->next_event().data == "2");
            CHECK(each->next_event().data == "3");
        }
        CHECK(pattern.next_event().data == "3");
    }

    TEST_CASE("last · behind it publishing to the topic is a 409 that names it, in whatever way")
    {
        server_process server({"--threads", "2"});
        publish_about(server.port(), "b", "0");
        CHECK(post(server.port(), "/publish", json, R"({"data":"1","topic":["a","a2"],"last":true})").status == 200);
        const auto published = stats_member(server.port(), "events_published");
        check_problem(try_about(server.port(), "a", "2"), 409, "the topic 'a' is closed");
        check_problem(try_about(server.port(), "a2", "2", last), 409, "the topic 'a2' is closed");
        check_problem(post(server.port(), "/publish?topic=b&topic=a2&data=2"), 409, "the topic 'a2' is closed");
        check_problem(post(server.port(), "/publish", ndjson, "{\"topic\":\"b\"}\n{\"topic\":\"a\"}\n"), 409,
                      "event 2: the topic 'a' is closed");
        // In one batch, too.
        check_problem(post(server.port(), "/publish", ndjson,
                           "{\"topic\":\"c\"}\n{\"topic\":\"c\",\"last\":true}\n{\"topic\":\"c\"}\n"),
                      409, "event 3: the topic 'c' is closed");
        CHECK(stats_member(server.port(), "events_published") == published);
        publish_about(server.port(), "c", "3");
        CHECK(post(server.port(), "/publish", json, R"({"data":"no topic"})").status == 200);
    }

    TEST_CASE("last · who comes back with an id at or behind the end gets 204, who lacks something gets that first")
    {
        for (const auto* const threads : {"1", "2"}) {
            CAPTURE(threads);
            server_process server({"--threads", threads});
            const auto first = publish_about(server.port(), "a", "1");
            const auto second = publish_about(server.port(), "a", "2");
            const auto end = publish_about(server.port(), "a", "3", last);
            const auto later = publish_about(server.port(), "b", "4");
            const std::string query = "topic=a";
            CHECK(whole(server.port(), {.query = query}) == texts{"1", "2", "3"});
            CHECK(whole(server.port(), {.last_event_id = first, .query = query}) == texts{"2", "3"});
            CHECK(whole(server.port(), {.last_event_id = "of nobody", .query = query}) == texts{"1", "2", "3"});
            CHECK(whole(server.port(), {.last_event_id = "earliest", .query = query}) == texts{"1", "2", "3"});
            CHECK(whole(server.port(), {.query = fmt::format("{}&since={}", query, second)}) == texts{"3"});
            CHECK(whole(server.port(), {.query = fmt::format("{}&since={}", query, end)}).empty());
            CHECK(whole(server.port(), {.query = fmt::format("{}&since={}", query, later)}).empty());
            check_no_more(server.port(), {.last_event_id = end, .query = query});
            check_no_more(server.port(), {.last_event_id = later, .query = query});
            check_no_more(server.port(), {.query = fmt::format("{}&lastEventID={}", query, end)});
            CHECK(stats_member(server.port(), "active_clients") == 0);
            const auto metrics = get(server.port(), "/metrics").body;
            CHECK(metrics.find("sluice_streams_refused_total{reason=\"topic\"} 3\n") != std::string::npos);
            CHECK(metrics.find("sluice_streams_ended_total{reason=\"topic\"} 7\n") != std::string::npos);
        }
    }

    TEST_CASE("last · the session of a stream that ended so comes back to a 204")
    {
        server_process server({"--threads", "2"});
        event_stream stream(server.port(), {.query = "topic=a"});
        const auto id = stream.session_id();
        publish_about(server.port(), "a", "1", last);
        CHECK(to_the_end(stream, "a") == texts{"1"});
        // It wants what it wanted.
        check_no_more(server.port(), {.session = id, .last_event_id = stream.last_event_id()});
        // An event that was not for it does not bring it back for ever.
        event_stream filtered(server.port(), {.query = "topic=b&types=t"});
        const auto other = filtered.session_id();
        publish_about(server.port(), "b", "1", last);
        CHECK(to_the_end(filtered, "b").empty());
        check_no_more(server.port(),
                      {.session = other, .last_event_id = filtered.last_event_id(), .query = "topic=b&types=t"});
    }

    TEST_CASE("last · streams that replay or lag get all before they end")
    {
        server_process server({"--threads", "2"});
        const auto before = publish_about(server.port(), "a", "0");
        texts all;
        const std::string padding(20000, 'x');
        for (int i = 1; i != 300; ++i) {
            all.push_back(std::to_string(i) + padding);
            publish_about(server.port(), "a", all.back());
        }
        event_stream replays(server.port(), {.last_event_id = before, .query = "topic=a"});
        event_stream lags(server.port(), {.query = "topic=a"});
        lags.connected();
        for (int i = 300; i != 500; ++i) {
            all.push_back(std::to_string(i) + padding);
            publish_about(server.port(), "a", all.back());
        }
        all.emplace_back("end");
        publish_about(server.port(), "a", "end", last);
        CHECK(to_the_end(replays, "a") == all);
        CHECK(to_the_end(lags, "a") == texts(all.begin() + 299, all.end()));
    }

    TEST_CASE("last · the topic is open again once its last event has left the log")
    {
        server_process server({"--threads", "2", "--log-events", "3", "--buffer-size", "3"});
        publish_about(server.port(), "a", "1");
        publish_about(server.port(), "a", "2", last);
        CHECK(try_about(server.port(), "a", "3").status == 409);
        for (int i = 0; i != 3; ++i) {
            publish_about(server.port(), "b", "b");
        }
        const auto until = deadline{};
        while (try_about(server.port(), "a", "3").status == 409 && !until.passed()) {
        }
        event_stream stream(server.port(), {.query = "topic=a"});
        CHECK(stream.connected().at("replay") == 0);
        CHECK(stream.next_event().type == "connected");
        publish_about(server.port(), "a", "4");
        CHECK(stream.next_event().data == "4");
    }

    TEST_CASE("last · is a switch, needs a topic, and is nothing for /send")
    {
        server_process server;
        struct row {
            const char* name;
            http_response answer;
            const char* names;
        };
        const auto publishing = [&](const char* query) {
            return post(server.port(), std::string{"/publish?"} + query);
        };
        for_each_row(
            std::vector<row>{
                {"without a topic", publishing("last=1"), "needs a topic"},
                {"not a switch", publishing("last=yes&topic=a"), "'last'"},
                {"a text in JSON", post(server.port(), "/publish", json, R"({"topic":"a","last":"1"})"), "'last'"},
                {"twice", publishing("last=1&last=0&topic=a"), "'last'"},
                {"sent to a session", post(server.port(), "/send?session=x&last=1"), "unknown field 'last'"},
            },
            [](const row& r) { check_problem(r.answer, 400, r.names); });
        for (const auto* const off : {"0", "false"}) {
            CHECK(publishing(fmt::format("topic=a&last={}", off).c_str()).status == 200);
        }
        for (const auto* const on : {"1", "true", "on", ""}) {
            CHECK(publishing(fmt::format("topic={}&last={}", *on == 0 ? "empty" : on, on).c_str()).status == 200);
            CHECK(publishing(fmt::format("topic={}", *on == 0 ? "empty" : on).c_str()).status == 409);
        }
    }

    TEST_CASE("end=1 · closes the topics of the query when the body ends in order, and not when it breaks")
    {
        server_process server({"--threads", "2"});
        event_stream stream(server.port(), {.query = "topic=a"});
        CHECK(stream.next_event().type == "connected");
        const auto items = [&](const std::string& query, std::string_view type, std::string body) {
            return post(server.port(), "/publish?stream=1" + query, type, std::move(body));
        };
        http_connection broken(server.port());
        broken.send("PUT /publish?stream=1&topic=a&end=1 HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n2\r\n0\n\r\n");
        CHECK(stream.next_event().data == "0");
        broken.close();
        const auto answer = items("&topic=a&topic=b&end=1", "text/plain", "1\n2");
        CHECK(answer.status == 200);
        CHECK(answer.json().at("count") == 2);
        CHECK(to_the_end(stream, "a") == texts{"1", "2"});
        CHECK(try_about(server.port(), "b", "3").status == 409);
        CHECK(whole(server.port(), {.query = "topic=b"}, "b") == texts{"1", "2"});
        // Its last event is before the end, and is all that there is.
        check_no_more(server.port(), {.last_event_id = stream.last_event_id(), .query = "topic=a"});

        check_problem(items("&end=1", "text/plain", "x"), 400, "'end'");
        const auto refused = items("&topic=c&end=1", ndjson, "{}\n{\"topic\":\"a\"}\n{}");
        check_problem(refused, 409, "item 2: the topic 'a' is closed");
        CHECK(refused.json().at("count") == 1);
        CHECK(try_about(server.port(), "c", "open").status == 200);
        const auto behind = items("&topic=d", ndjson, "{}\n{\"last\":true}\n{}\n{}");
        check_problem(behind, 409, "item 3: the topic 'd' is closed");
        CHECK(behind.json().at("count") == 2);
        // A topic without an event.
        event_stream empty(server.port(), {.query = "topic=e"});
        CHECK(empty.next_event().type == "connected");
        CHECK(items("&topic=e&end=1", "text/plain", "").status == 200);
        CHECK(to_the_end(empty, "e").empty());
    }

    TEST_CASE("DELETE /topics · opens the topic again and forgets its history, which is no loss")
    {
        server_process server({"--threads", "2"});
        event_stream two(server.port(), {.query = "topic=chat/7%3F&topic=b"});
        CHECK(two.next_event().type == "connected");
        const auto before = two.last_event_id();
        const auto session = two.session_id();
        publish_about(server.port(), "chat/7?", "1");
        publish_about(server.port(), "b", "2");
        publish_about(server.port(), "chat/7?", "3", last);
        CHECK(two.next_event().data == "1");
        const auto published = stats_member(server.port(), "events_published");
        CHECK(forget(server.port(), "chat%2F7%3F").status == 204);
        CHECK(stats_member(server.port(), "events_published") == published);
        event_stream again(server.port(), {.query = "topic=chat%2F7%3F&since=earliest"});
        CHECK(again.connected().at("replay") == 0);
        CHECK(again.next_event().type == "connected");
        publish_about(server.port(), "chat/7?", "4");
        CHECK(again.next_event().data == "4");
        CHECK(two.next_event().data == "2");
        CHECK(two.next_event().data == "3");
        CHECK(two.next_event().data == "4");
        two.close();
        event_stream resumed(server.port(), {.session = session, .last_event_id = before});
        CHECK(resumed.connected().at("replay") == 2);
        CHECK(resumed.connected().at("dropped") == 0);
        CHECK(get(server.port(), "/history?topic=chat/7%3F").json().at("events").as_array().size() == 1);
        CHECK(forget(server.port(), "chat/7%3F").status == 204);
        CHECK(get(server.port(), "/history?topic=chat/7%3F").json().at("events").as_array().empty());
        CHECK(forget(server.port(), "never%20heard%20of").status == 204);
        check_problem(forget(server.port(), "*"), 400, "topic");
        CHECK(forget(server.port(), "").status == 404);
        CHECK(get(server.port(), "/topics/a").status == 405);
    }

    TEST_CASE("DELETE /topics, end=1 · need the right to publish to the topic")
    {
        server_process server(with_keys());
        const auto as = [](const std::vector<std::string>& topics) { return bearing(minted(may_publish(topics))); };
        CHECK(forget(server.port(), "a").status == 401);
        check_problem(forget(server.port(), "a", as({"b"})), 403, "'a'");
        CHECK(forget(server.port(), "a", as({"a"})).status == 204);
        CHECK(forget(server.port(), "a", as({"*"})).status == 204);
        auto headers = as({"b"});
        headers.add("Content-Type", "text/plain");
        check_problem(request(server.port(), {.method = "POST",
                                              .target = "/publish?stream=1&topic=b&topic=a&end=1",
                                              .headers = headers,
                                              .body = "x"}),
                      403, "'a'");
    }
}
