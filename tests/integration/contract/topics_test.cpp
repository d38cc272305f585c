// Topics: what a stream asks for, what a publisher names, and private events.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

using namespace sluice::test;

namespace {

http_response publish_json(const endpoint& to, std::string body) { return post(to, "/publish", json, std::move(body)); }

/// Publishes the event to the topics, in JSON, and fails the test unless it is accepted.
void publish(const endpoint& to, const std::string& data, const std::string& topics, const std::string& more = "")
{
    const auto answer = publish_json(
        to, fmt::format(R"({{"data":"{}"{}{}}})", data, topics.empty() ? "" : ",\"topic\":" + topics, more));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
}

/// The data of what comes up to the event `end`, which has no topic.
std::vector<std::string> data_until_end(event_stream& stream)
{
    std::vector<std::string> data;
    for (;;) {
        auto e = stream.next_event();
        if (e.data == "end") {
            return data;
        }
        if (e.type != "connected" && e.type != "replay-start" && e.type != "replay-end") {
            data.push_back(e.data);
        }
    }
}

struct interest_row {
    const char* name;
    std::string query;
    std::vector<std::string> comes;
};

const std::vector<interest_row> interest_rows{
    {"none named", "", {"a", "b", "ab", "no topic", "typed a"}},
    {"one", "topic=a", {"a", "ab", "no topic", "typed a"}},
    {"two, of which both match", "topic=a&topic=b", {"a", "b", "ab", "no topic", "typed a"}},
    {"the alternate one", "topic=b", {"b", "ab", "no topic"}},
    {"every one", "topic=*", {"a", "b", "ab", "no topic", "typed a"}},
    {"every one beside another", "topic=a&topic=*", {"a", "b", "ab", "no topic", "typed a"}},
    {"byte by byte", "topic=A&topic=a%20", {"no topic"}},
    {"types narrow it", "topic=a&types=t", {"typed a"}},
    {"and a broadcast without a topic", "topic=b&types=message", {"b", "ab", "no topic"}},
    {"many, of which one matches", "topic=a&topic=c&topic=d&topic=e&topic=f", {"a", "ab", "no topic", "typed a"}},
};

void publish_all(const endpoint& to)
{
    publish(to, "a", R"("a")");
    publish(to, "b", R"(["b"])");
    publish(to, "ab", R"(["a","b","a"])");
    publish(to, "no topic", "");
    publish(to, "typed a", R"("a")", R"(,"type":"t")");
    publish(to, "end", "");
    publish(to, "end", "", R"(,"type":"t")");
}

} // namespace

TEST_SUITE("contract/topics")
{
    TEST_CASE("interest · decides live and replayed events alike, each of which comes once")
    {
        for (const int threads : {1, 2}) {
            CAPTURE(threads);
            server_process server({"--threads", std::to_string(threads)});
            for_each_row(interest_rows, [&](const interest_row& row) {
                event_stream live(server.port(), {.query = row.query});
                const auto id = live.session_id();
                live.connected();
                const auto before = live.last_event_id();
                publish_all(server.port());
                CHECK(data_until_end(live) == row.comes);
                event_stream resumed(server.port(), {.session = id, .last_event_id = before});
                CHECK(resumed.connected().at("dropped") == 0);
                CHECK(data_until_end(resumed) == row.comes);
            });
        }
    }

    TEST_CASE(
        "interest · a resume that names topics replaces them, one that does not keeps them; types stand by themselves")
    {
        server_process server;
        event_stream first(server.port(), {.query = "topic=a&types=message"});
        const auto id = first.session_id();
        first.connected();
        const auto before = first.last_event_id();
        publish_all(server.port());
        const auto resumed = [&](const std::string& query) {
            event_stream stream(server.port(), {.session = id, .last_event_id = before, .query = query});
            return data_until_end(stream);
        };
        CHECK(resumed("") == std::vector<std::string>{"a", "ab", "no topic"});
        CHECK(resumed("topic=b") == std::vector<std::string>{"b", "ab", "no topic"});
        CHECK(resumed("types=t").empty());
        CHECK(resumed("topic=a") == std::vector<std::string>{"typed a"});
        CHECK(resumed("topic=*&types=message,t") == interest_rows.front().comes);
    }

    TEST_CASE("interest · an ambient claim resumes only a session that asks for the same topics")
    {
        server_process server;
        event_stream first(server.port(), {.query = "topic=a&topic=b"});
        const auto id = first.session_id();
        first.close();
        wait_stat(server.port(), "active_clients", 0);
        for (const auto* const other : {"", "topic=a", "topic=a&topic=b&topic=c"}) {
            CAPTURE(other);
            CHECK(event_stream(server.port(), {.session_cookie = id, .query = other}).session_id() != id);
        }
        CHECK(event_stream(server.port(), {.session_cookie = id, .query = "topic=b&topic=a"}).session_id() == id);
    }

    TEST_CASE("dropped · counts events, not matches")
    {
        server_process server({"--buffer-size", "3"});
        event_stream first(server.port(), {.query = "topic=a&topic=b"});
        const auto id = first.session_id();
        first.connected();
        const auto before = first.last_event_id();
        first.close();
        wait_stat(server.port(), "active_clients", 0);
        for (int i = 0; i != 5; ++i) {
            publish(server.port(), "ab", R"(["a","b"])");
            publish(server.port(), "c", R"("c")");
        }
        event_stream again(server.port(), {.session = id, .last_event_id = before});
        CHECK(again.connected().at("dropped") == 2);
        CHECK(again.connected().at("replay") == 3);
    }

    TEST_CASE("limits · of what a stream names and of what an event has")
    {
        server_process server;
        std::string thousand = "topic=t0";
        for (int i = 1; i != 1000; ++i) {
            thousand += fmt::format("&topic=t{}", i);
        }
        CHECK(event_stream(server.port(), {.query = thousand}).response().status == 200);
        check_problem(event_stream::refused(server.port(), {.query = thousand + "&topic=x"}), 400, "1000");
        CHECK(event_stream(server.port(), {.query = "topic=" + std::string(4096, 'x')}).response().status == 200);
        check_problem(event_stream::refused(server.port(), {.query = "topic=" + std::string(4097, 'x')}), 400, "4096");
        check_problem(event_stream::refused(server.port(), {.query = "topic="}), 400, "topic");

        const auto list = [](int topics) {
            std::string all = "[\"t0\"";
            for (int i = 1; i != topics; ++i) {
                all += fmt::format(",\"t{}\"", i);
            }
            return all + "]";
        };
        publish(server.port(), "hundred", list(100));
        publish(server.port(), "long", "\"" + std::string(1024, 'x') + "\"");
        struct row {
            const char* name;
            std::string topic;
            const char* names;
        };
        for_each_row(std::vector<row>{{"a hundred and one", list(101), "100"},
                                      {"too long", "\"" + std::string(1025, 'x') + "\"", "1024"},
                                      {"empty", R"("")", "topic"},
                                      {"an empty one among others", R"(["a",""])", "topic"},
                                      {"the star", R"("*")", "'*'"},
                                      {"a control character", R"("a\u0007")", "control"},
                                      {"an empty list", "[]", "empty"},
                                      {"a number", "7", "'topic'"},
                                      {"a list of numbers", "[7]", "topic"},
                                      {"an object", "{}", "'topic'"}},
                     [&](const row& r) {
                         check_problem(publish_json(server.port(), fmt::format(R"({{"topic":{}}})", r.topic)), 400,
                                       r.names);
                     });
    }

    TEST_CASE("topic · repeats in form and query, but not in both")
    {
        server_process server;
        event_stream stream(server.port(), {.query = "topic=b"});
        stream.connected();
        CHECK(post(server.port(), "/publish", form, "topic=a&topic=b&data=form").status == 200);
        CHECK(post(server.port(), "/broadcast?topic=a&topic=b&data=query").status == 200);
        CHECK(post(server.port(), "/publish?topic=b", form, "data=both").status == 200);
        publish(server.port(), "end", "");
        CHECK(data_until_end(stream) == std::vector<std::string>{"form", "query", "both"});
        check_problem(post(server.port(), "/publish?topic=a", form, "topic=b"), 400, "topic");
        check_problem(post(server.port(), "/publish?topic=a", json, R"({"topic":"b"})"), 400, "topic");
        check_problem(post(server.port(), "/publish", json, R"({"topic":"a","topic":"b"})"), 400, "topic");
        check_problem(post(server.port(), "/send?session=x&topic=a"), 400, "topic");
        CHECK(broadcast_batch(server.port(), {"no topic"}).at("count") == 1);
        CHECK(post(server.port(), "/publish", ndjson, "{\"topic\":\"b\",\"data\":\"1\"}\n{\"topic\":[\"a\",\"b\"]}\n")
                  .status == 200);
        check_problem(post(server.port(), "/publish", ndjson, "{\"topic\":\"b\"}\n{\"topic\":\"*\"}\n"), 400, "line 2");
    }

    TEST_CASE("QUERY and POST · take the same as a form, in union with the query")
    {
        server_process server;
        std::string form_of_topics = "topic=a";
        for (int i = 1; i != 999; ++i) {
            form_of_topics += "&topic=" + std::string(900, 'x') + std::to_string(i);
        }
        const auto asking = [](const char* method, const std::string& query, const std::string& body,
                               const std::string& accept = "text/event-stream", const std::string& type = form) {
            return stream_options{
                .query = query, .accept = accept, .headers = {{"Content-Type", type}}, .method = method, .body = body};
        };
        for (const auto* const method : {"QUERY", "POST"}) {
            CAPTURE(method);
            event_stream stream(server.port(), asking(method, "topic=b&client_version=1.2", form_of_topics));
            const auto entry = session_entry(server.port(), stream.session_id());
            CHECK(entry.at("topics").as_array().size() == 1000);
            CHECK(entry.at("clientVersion") == "1.2");
            stream.connected();
            publish_all(server.port());
            CHECK(data_until_end(stream) == interest_rows.front().comes);
            // The session and the last id may stand there too.
            event_stream again(server.port(), asking(method, "",
                                                     "topic=c&session=" + stream.session_id() +
                                                         "&lastEventId=" + stream.last_event_id()));
            CHECK(again.connected().at("resumed") == true);
            CHECK(again.connected().at("dropped") == 0);

            const auto refusal = [&](const stream_options& wrong) {
                return event_stream::refused(server.port(), wrong);
            };
            check_problem(refusal(asking(method, "topic=b&topic=c", form_of_topics)), 400, "1000");
            check_problem(refusal(asking(method, "client_version=1", "client_version=2")), 400, "client_version");
            check_problem(refusal(asking(method, "", "topic=%zz")), 400, "body");
            check_problem(refusal(asking(method, "", "{}", "text/event-stream", json)), 415, "form");
            check_problem(refusal(asking(method, "", "a=" + std::string(1U << 20U, 'x'))), 413);
        }
        // A publisher that has mistaken the path gets an answer.
        const auto mistaken = event_stream::refused(server.port(), asking("POST", "", "topic=a", "*/*"));
        check_problem(mistaken, 405);
        CHECK(list_elements(mistaken.headers.get("Allow")) == std::set<std::string>{"GET", "HEAD", "QUERY", "OPTIONS"});
        check_problem(post(server.port(), "/events"), 405);
        event_stream without_body(server.port(), {.query = "topic=a", .method = "QUERY"});
        CHECK(without_body.connected().at("resumed") == false);
    }

    TEST_CASE("topic_pattern · matches URLs, and paths at the server's own URL")
    {
        struct row {
            const char* name;
            std::string query;
            std::vector<std::string> comes;
        };
        const std::vector<std::string> topics{"/chat/7", "/chat/7/x", "https://hub.example/chat/8",
                                              "https://other.example/chat/9", "chat/7"};
        const std::vector<row> rows{
            {"a path", "topic_pattern=/chat/:room", {"/chat/7", "https://hub.example/chat/8"}},
            {"a path with more", "topic_pattern=/chat/*", {"/chat/7", "/chat/7/x", "https://hub.example/chat/8"}},
            {"a URL", "topic_pattern=https://other.example/*", {"https://other.example/chat/9"}},
            {"any host",
             "topic_pattern=https://*.example/chat/:room",
             {"/chat/7", "https://hub.example/chat/8", "https://other.example/chat/9"}},
            {"two, and a topic",
             "topic_pattern=/chat/:a/:b&topic_pattern=/nothing&topic=chat/7",
             {"/chat/7/x", "chat/7"}},
            {"two that match the same",
             "topic_pattern=/chat/7&topic_pattern=/chat/:room&topic=/chat/7",
             {"/chat/7", "https://hub.example/chat/8"}},
            {"none that is no URL", "topic_pattern=chat/7", {"/chat/7"}},
        };
        for (const int threads : {1, 2}) {
            CAPTURE(threads);
            server_process server({"--threads", std::to_string(threads), "--public-url", "https://hub.example/"});
            for_each_row(rows, [&](const row& r) {
                event_stream live(server.port(), {.query = r.query});
                const auto id = live.session_id();
                live.connected();
                const auto before = live.last_event_id();
                for (const auto& topic : topics) {
                    publish(server.port(), topic, "\"" + topic + "\"");
                }
                publish(server.port(), "end", "");
                CHECK(data_until_end(live) == r.comes);
                event_stream resumed(server.port(), {.session = id, .last_event_id = before});
                CHECK(resumed.connected().at("dropped") == 0);
                CHECK(data_until_end(resumed) == r.comes);
                // A stream that comes later names it for the first time.
                live.close();
                resumed.close();
                event_stream late(server.port(), {.last_event_id = before, .query = r.query});
                CHECK(late.connected().at("replay") == static_cast<int>(r.comes.size()) + 1);
                CHECK(data_until_end(late) == r.comes);
            });
        }
    }

    TEST_CASE("topic_pattern · what is no pattern, or could take long, is refused")
    {
        server_process server;
        struct row {
            const char* name;
            std::string pattern;
            const char* names;
        };
        for_each_row(std::vector<row>{{"a name twice", "/:a/:a", "byte"},
                                      {"a look-ahead", "/((?=a).*)", "linear time"},
                                      {"too long", "/" + std::string(4096, 'x'), "4096"},
                                      {"empty", "", "topic_pattern"}},
                     [&](const row& r) {
                         check_problem(event_stream::refused(server.port(),
                                                             {.query = "topic_pattern=" + percent_encode(r.pattern)}),
                                       400, r.names);
                     });
        std::string slow_together = "a=b";
        for (int i = 0; i != 300; ++i) {
            slow_together += "&topic_pattern=" + percent_encode(fmt::format("/([a-z]{{200}}){}", i));
        }
        const stream_options many{.accept = "text/event-stream",
                                  .headers = {{"Content-Type", form}},
                                  .method = "POST",
                                  .body = slow_together};
        check_problem(event_stream::refused(server.port(), many), 400, "too long to match");
        event_stream stream(server.port(), {.query = "topic_pattern=/a&topic=b"});
        const auto entry = session_entry(server.port(), stream.session_id());
        CHECK(entry.at("topicPatterns") == boost::json::array{"/a"});
        CHECK(entry.at("topics") == boost::json::array{"b"});
    }

    TEST_CASE("private · reaches nobody where no token is set, and those with the token where one is")
    {
        const std::string token = "secret";
        for (const bool guarded : {false, true}) {
            CAPTURE(guarded);
            server_process server(guarded ? std::vector<std::string>{"--subscribe-token", token}
                                          : std::vector<std::string>{});
            const header_fields bearer{{"Authorization", "Bearer " + token}};
            event_stream everything(server.port(), {.headers = bearer});
            event_stream one(server.port(), {.query = "topic=a", .headers = bearer});
            everything.connected();
            one.connected();
            const auto before = one.last_event_id();
            publish(server.port(), "open", R"("a")");
            publish(server.port(), "closed", R"("a")", R"(,"private":true)");
            publish(server.port(), "elsewhere", R"("b")", R"(,"private":true)");
            publish(server.port(), "not private", R"("a")", R"(,"private":false)");
            publish(server.port(), "end", "");
            using list = std::vector<std::string>;
            CHECK(data_until_end(everything) ==
                  (guarded ? list{"open", "closed", "elsewhere", "not private"} : list{"open", "not private"}));
            const auto of_one = guarded ? list{"open", "closed", "not private"} : list{"open", "not private"};
            CHECK(data_until_end(one) == of_one);
            event_stream again(server.port(),
                               {.session = one.session_id(), .last_event_id = before, .headers = bearer});
            CHECK(again.connected().at("dropped") == 0);
            CHECK(data_until_end(again) == of_one);
        }
    }

    TEST_CASE("private · needs a topic, and is a switch")
    {
        server_process server;
        check_problem(post(server.port(), "/publish", json, R"({"private":true})"), 400, "topic");
        for (const auto* const yes : {"private", "private=", "private=1", "private=true", "private=on"}) {
            CAPTURE(yes);
            check_problem(post(server.port(), fmt::format("/publish?{}", yes)), 400, "topic");
            CHECK(post(server.port(), fmt::format("/publish?topic=a&{}", yes)).status == 200);
        }
        for (const auto* const no : {"private=0", "private=false"}) {
            CAPTURE(no);
            CHECK(post(server.port(), fmt::format("/publish?{}", no)).status == 200);
        }
        for (const auto* const neither : {"private=yes", "private=TRUE", "private=2"}) {
            check_problem(post(server.port(), fmt::format("/publish?topic=a&{}", neither)), 400, "'private'");
        }
        check_problem(post(server.port(), "/publish", json, R"({"topic":"a","private":"true"})"), 400, "'private'");
        check_problem(post(server.port(), "/publish?private=1&private=1&topic=a"), 400, "'private'");
        check_problem(post(server.port(), "/send?session=x&private=1"), 400, "private");
    }

    TEST_CASE("GET /sessions · shows the topics, and narrows by one")
    {
        server_process server;
        event_stream a(server.port(), {.query = "topic=a&topic=b"});
        event_stream b(server.port(), {.query = "topic=b"});
        event_stream all(server.port(), {.query = "topic=*"});
        CHECK(session_entry(server.port(), a.session_id()).at("topics") == boost::json::array{"a", "b"});
        CHECK(session_entry(server.port(), all.session_id()).at("topics") == boost::json::array{"*"});
        const auto count = [&](const std::string& topic) {
            const auto answer = get(server.port(), "/sessions?topic=" + topic);
            std::size_t found = 0;
            for (auto at = answer.body.find("\"handle\""); at != std::string::npos;
                 at = answer.body.find("\"handle\"", at + 1)) {
                ++found;
            }
            return found;
        };
        CHECK(count("a") == 1);
        CHECK(count("b") == 2);
        CHECK(count("c") == 0);
    }
}
