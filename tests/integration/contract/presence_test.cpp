// Presence: who has a topic open, as GET /presence answers it and as events tell it.
#include "checks.hpp"
#include "minted.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace sluice::test;

namespace {

/// What a token says of its bearer beside the subject.
jwt::minted_claims with_payload(jwt::minted_claims claims, const std::string& payload)
{
    claims.grant.payload = std::make_shared<const std::string>(payload);
    return claims;
}

stream_options naming(const std::string& query, const jwt::minted_claims& claims)
{
    return {.query = query, .headers = bearing(minted(claims))};
}

/// A stream that stands.
void open(std::deque<event_stream>& all, const endpoint& to, const stream_options& options)
{
    all.emplace_back(to, options);
    all.back().connected();
}

http_response presence(const endpoint& to, const std::string& query, const header_fields& headers = as_publisher())
{
    return request(to, {.target = "/presence?" + query, .headers = headers});
}

/// The answer as text, for comparison.
std::string body_of(const http_response& answer)
{
    CHECK(answer.status == 200);
    return boost::json::serialize(answer.json());
}

std::string subject(const std::string& name, int streams, const std::string& payload = "null")
{
    return fmt::format(R"({{"subject":"{}","payload":{},"streams":{}}})", name, payload, streams);
}

std::string topic(const std::string& name, int streams, const std::vector<std::string>& subjects,
                  const std::string& more = "")
{
    return fmt::format(R"({{"topic":"{}","streams":{},"subjects":[{}]{}}})", name, streams, fmt::join(subjects, ","),
                       more);
}

void wait_for(const endpoint& to, const std::string& query, const std::string& wanted,
              const header_fields& headers = as_publisher())
{
    std::string last;
    eventually("presence", [&] {
        last = presence(to, query, headers).body;
        return last == wanted;
    });
}

struct right_row {
    std::string query;
    header_fields headers;
    int status;
    const char* detail = "";
};

/// The values of one member of a list's elements.
std::vector<std::string> texts_of(const boost::json::value& list, std::string_view member)
{
    std::vector<std::string> all;
    for (const auto& each : list.as_array()) {
        all.push_back(text(each.at(member)));
    }
    return all;
}

/// With --presence.
std::vector<std::string> publishing_presence(int threads, std::vector<std::string> more = {})
{
    more.insert(more.end(), {"--presence", "--threads", std::to_string(threads)});
    return with_keys(std::move(more));
}

/// A stream that follows who is on a topic.
class follower_of {
public:
    follower_of(const server_process& server, const std::string& topic)
        : server_(server),
          stream_(server.port(),
                  naming("topic=presence/" + topic, may_subscribe({"presence/" + topic}, "the follower")))
    {
        stream_.expect("connected");
    }

    /// The next event, or the test fails: `+ann`, `-ann`.
    std::string next()
    {
        last_ = stream_.next_of_type("presence");
        return written(last_);
    }
    /// What has come up to now.
    std::vector<std::string> all()
    {
        std::vector<std::string> some;
        const auto publish = [this](const std::string& marker) {
            auto headers = as_publisher();
            headers.add("Content-Type", "application/x-www-form-urlencoded");
            (void)request(server_.port(),
                          {.method = "POST", .target = "/publish", .headers = headers, .body = "data=" + marker});
        };
        for (const auto& e : stream_.barrier(publish)) {
            some.push_back(written(e));
        }
        return some;
    }
    [[nodiscard]] const received_event& last() const { return last_; }

private:
    static std::string written(const received_event& e)
    {
        const auto data = boost::json::parse(e.data);
        return (data.at("active").as_bool() ? "+" : "-") + text(data.at("subject"));
    }

    const server_process& server_;
    event_stream stream_;
    received_event last_;
};

/// The data of all events of presence that were published, on whatever topic.
std::size_t events_published(const server_process& server)
{
    const auto by_all =
        request(server.port(), {.target = "/history?types=presence", .headers = bearing(minted(may_subscribe({"*"})))});
    return by_all.json().at("events").as_array().size();
}

} // namespace

TEST_SUITE("contract/presence")
{
    TEST_CASE("presence · counts the streams that name the topic, by their subjects, on every thread")
    {
        for (const int threads : {1, 2}) {
            CAPTURE(threads);
            server_process server(with_keys({"--threads", std::to_string(threads), "--anonymous"}));
            const auto ann = with_payload(may_subscribe({}, "ann"), R"({"name":"Ann"})");
            std::deque<event_stream> streams;
            for (int i = 0; i != 3; ++i) {
                open(streams, server.port(), naming("topic=a&topic=b&topic=a", ann));
            }
            open(streams, server.port(), naming("topic=a", may_subscribe({}, "ben")));
            open(streams, server.port(), {.query = "topic=a"}); // without a subject
            // Names alone count.
            open(streams, server.port(), naming("topic=*", may_subscribe({}, "eve")));
            open(streams, server.port(), naming("topic_pattern=*", may_subscribe({}, "eve")));
            open(streams, server.port(), naming("topic=A&topic=b%20", may_subscribe({}, "eve")));
            open(streams, server.port(), naming("", may_subscribe({}, "eve")));
            const auto ann_there = subject("ann", 3, R"({"name":"Ann"})");
            CHECK(body_of(presence(server.port(), "topic=a")) == topic("a", 5, {ann_there, subject("ben", 1)}));
            CHECK(body_of(presence(server.port(), "topic=b")) == topic("b", 3, {ann_there}));
            CHECK(body_of(presence(server.port(), "topic=c")) == topic("c", 0, {}));
            open(streams, server.port(), naming("topic=*&topic=c", may_subscribe({}, "cem")));
            CHECK(body_of(presence(server.port(), "topic=c")) == topic("c", 1, {subject("cem", 1)}));
        }
    }

    TEST_CASE("presence · a stream that ends is no longer there, however it ends; a resume counts once")
    {
        for (const int threads : {1, 2}) {
            CAPTURE(threads);
            server_process server(with_keys({"--threads", std::to_string(threads)}));
            std::deque<event_stream> streams;
            for (int i = 0; i != 4; ++i) {
                open(streams, server.port(), naming("topic=a", may_subscribe({}, "ann")));
            }
            const auto at = [&](int n) { wait_for(server.port(), "topic=a", topic("a", n, {subject("ann", n)})); };
            at(4);
            streams[0].close();
            at(3);
            streams[1].reset();
            at(2);
            (void)request(server.port(), {.method = "POST",
                                          .target = "/disconnect?session=" + streams[2].session_id(),
                                          .headers = as_publisher()});
            at(1);
            // Taken over, and onto another topic with another subject, wherever the new connection is.
            for (int i = 0; i != 6; ++i) {
                auto again = naming("", may_subscribe({}, "ann"));
                again.session = streams[3].session_id();
                open(streams, server.port(), again);
                at(1);
            }
            auto moved = naming("topic=b", may_subscribe({}, "ben"));
            moved.session = streams[3].session_id();
            open(streams, server.port(), moved);
            wait_for(server.port(), "topic=a", topic("a", 0, {}));
            wait_for(server.port(), "topic=b", topic("b", 1, {subject("ben", 1)}));
            (void)request(
                server.port(),
                {.method = "DELETE", .target = "/sessions/" + streams[3].session_id(), .headers = as_publisher()});
            wait_for(server.port(), "topic=b", topic("b", 0, {}));
        }
    }

    TEST_CASE("presence · the payload is that of the newest stream, in Mercure 1.0 by what the token says of the topic")
    {
        server_process server(with_keys());
        std::deque<event_stream> streams;
        const auto ann = may_subscribe({"a"}, "ann");
        const auto shown = [&](const std::string& query) {
            return boost::json::serialize(
                presence(server.port(), query).json().at("subjects").as_array().front().at("payload"));
        };
        open(streams, server.port(), naming("topic=a", with_payload(ann, R"("first")")));
        CHECK(shown("topic=a") == R"("first")");
        open(streams, server.port(), naming("topic=a", with_payload(ann, R"([1,null,{"x":"\u00e4"}])")));
        CHECK(shown("topic=a") == "[1,null,{\"x\":\"\xc3\xa4\"}]");
        open(streams, server.port(), naming("topic=a", ann));
        CHECK(shown("topic=a") == "null");
        auto details = may_subscribe({"a"}, "dee");
        details.grant.dialect = jwt::dialect::v1;
        details.grant.subscribe.front().payload = std::make_shared<const std::string>(R"("by name")");
        details.grant.subscribe.push_back({.kind = jwt::matcher_kind::url_pattern,
                                           .text = "/rooms/:id",
                                           .payload = std::make_shared<const std::string>(R"("by pattern")")});
        details.grant.subscribe.push_back({.text = "c"});
        streams.clear();
        open(streams, server.port(), naming("topic=a&topic=/rooms/7&topic=c&topic=d", details));
        CHECK(shown("topic=a") == R"("by name")");
        CHECK(shown("topic=/rooms/7") == R"("by pattern")");
        CHECK(shown("topic=c") == "null");
        CHECK(shown("topic=d") == "null");
    }

    TEST_CASE("presence · by pattern: each topic that matches and that the grant has")
    {
        for (const int threads : {1, 2}) {
            CAPTURE(threads);
            server_process server(with_keys({"--threads", std::to_string(threads)}));
            std::deque<event_stream> streams;
            open(streams, server.port(), naming("topic=/chat/2&topic=/chat/1&topic=/news", may_subscribe({}, "ann")));
            open(streams, server.port(), naming("topic=/chat/2&topic=chat/3", may_subscribe({}, "ben")));
            const auto one = topic("/chat/1", 1, {subject("ann", 1)});
            const auto two = topic("/chat/2", 2, {subject("ann", 1), subject("ben", 1)});
            const auto news = topic("/news", 1, {subject("ann", 1)});
            const auto three = topic("chat/3", 1, {subject("ben", 1)});
            const auto topics = [](const std::vector<std::string>& all) {
                return fmt::format(R"({{"topics":[{}]}})", fmt::join(all, ","));
            };
            CHECK(body_of(presence(server.port(), "topic_pattern=/chat/:room")) == topics({one, two}));
            CHECK(body_of(presence(server.port(), "topic_pattern=*")) == topics({one, two, news, three}));
            CHECK(body_of(presence(server.port(), "topic_pattern=/none/:x")) == topics({}));
            const auto by = [&](const std::vector<jwt::matcher>& grant) {
                auto claims = may_subscribe({});
                claims.grant.dialect = jwt::dialect::v1;
                claims.grant.subscribe = grant;
                return bearing(minted(claims));
            };
            const auto ask_all = [&](const header_fields& headers) {
                return body_of(presence(server.port(), "topic_pattern=*", headers));
            };
            CHECK(ask_all(by(exactly({"/chat/2", "chat/3"}))) == topics({two, three}));
            CHECK(ask_all(by({{.kind = jwt::matcher_kind::url_pattern, .text = "/chat/:room"}})) == topics({one, two}));
            CHECK(ask_all(by(exactly({"*"}))) == topics({one, two, news, three}));
            CHECK(ask_all(by(exactly({"elsewhere"}))) == topics({}));
            // In pages.
            const auto page = [&](const std::string& more) {
                return body_of(presence(server.port(), "topic_pattern=*&limit=2" + more));
            };
            CHECK(page("") == fmt::format(R"({{"topics":[{},{}],"next":"/chat/2"}})", one, two));
            CHECK(page("&after=/chat/2") == fmt::format(R"({{"topics":[{},{}]}})", news, three));
            CHECK(body_of(presence(server.port(), "topic_pattern=*&limit=1&after=/chat/1")) ==
                  fmt::format(R"({{"topics":[{}],"next":"/chat/2"}})",
                              topic("/chat/2", 2, {subject("ann", 1)}, R"(,"next":"ann")")));
        }
    }

    TEST_CASE("presence · many subjects and many topics come in pages, each once, in order")
    {
        for (const int threads : {1, 2}) {
            CAPTURE(threads);
            server_process server(with_keys({"--threads", std::to_string(threads)}));
            std::deque<event_stream> streams;
            std::vector<std::string> subjects;
            std::string many = "topic=all";
            std::vector<std::string> topics{"all"};
            for (int i = 0; i != 700; ++i) {
                many += fmt::format("&topic=t{:03}", i);
                topics.push_back(fmt::format("t{:03}", i));
            }
            for (int i = 0; i != 60; ++i) {
                subjects.push_back(fmt::format("user {:03}", 7 * i % 60));
                open(streams, server.port(), naming("topic=all", may_subscribe({}, subjects.back())));
            }
            subjects.emplace_back("zoe");
            open(streams, server.port(),
                 {.accept = "text/event-stream",
                  .headers = {{"Authorization", "Bearer " + minted(may_subscribe({}, "zoe"))}, {"Content-Type", form}},
                  .method = "POST",
                  .body = many});
            std::ranges::sort(subjects);
            std::vector<std::string> found;
            std::string after;
            int pages = 0;
            for (bool more = true; more; ++pages) {
                const auto answer = presence(server.port(), "topic=all&limit=7" + after).json().as_object();
                CHECK(integer(answer.at("streams")) == 61);
                const auto some = texts_of(answer.at("subjects"), "subject");
                CHECK(some.size() <= 7);
                found.insert(found.end(), some.begin(), some.end());
                more = answer.contains("next");
                after = more ? "&after=" + text(answer.at("next")) : "";
                std::ranges::replace(after, ' ', '+');
            }
            CHECK(pages == 9);
            CHECK(found == subjects);
            found.clear();
            after = "";
            for (bool more = true; more;) {
                const auto answer = presence(server.port(), "topic_pattern=*&limit=1000" + after).json().as_object();
                const auto some = texts_of(answer.at("topics"), "topic");
                found.insert(found.end(), some.begin(), some.end());
                more = answer.contains("next");
                after = more ? "&after=" + text(answer.at("next")) : "";
            }
            CHECK(found == topics);
        }
    }

    TEST_CASE("presence · needs the publish token or a grant to subscribe to the topic")
    {
        const auto one = [](const std::string& query, const header_fields& headers, int status,
                            const char* detail = "") {
            return right_row{.query = query, .headers = headers, .status = status, .detail = detail};
        };
        const auto check = [&](const server_process& server, const std::vector<right_row>& rows) {
            for (const auto& row : rows) {
                CAPTURE(row.query);
                CAPTURE(row.status);
                const auto answer = presence(server.port(), row.query, row.headers);
                INFO(answer.body);
                if (row.status == 200) {
                    CHECK(answer.status == 200);
                } else {
                    check_problem(answer, row.status, row.detail);
                }
            }
        };
        const auto a = minted(may_subscribe({"a"}));
        const server_process open_server;
        check(open_server, {one("topic=a", {}, 200), one("topic_pattern=*", {}, 200)});
        const auto keyed = with_keys({"--anonymous"});
        for (const auto& options : {with_keys(), keyed}) {
            const server_process server(options);
            check(server,
                  {one("topic=a", {}, 401, "token"), one("topic=a", bearing("none"), 401),
                   one("topic=a", bearing(a), 200), one("topic=a&access_token=" + a, {}, 200),
                   one("topic=a&authorization=" + a, {}, 200),
                   one("topic=a", {{"Cookie", "mercureAuthorization=" + a}}, 200),
                   one("topic=b", bearing(a), 403, "'b'"), one("topic_pattern=*", bearing(a), 200),
                   one("topic_pattern=*", bearing(minted(may_subscribe({}))), 403, "any topic"),
                   one("topic=b", bearing(minted(may_subscribe({"*"}))), 200),
                   one("topic=a", bearing(minted(may_publish({"a"}))), 403), one("topic=a", as_publisher(), 200)});
        }
        const server_process tokens({"--publish-token", "p", "--subscribe-token", "s"});
        check(tokens, {one("topic=a", {}, 401), one("topic=a", bearing("x"), 401), one("topic=a", bearing("p"), 200),
                       one("topic=a", bearing("s"), 200), one("topic=a&access_token=s", {}, 200)});
        const server_process publishing({"--publish-token", "p"});
        check(publishing, {one("topic=a", {}, 401), one("topic=a", bearing("p"), 200)});
        const server_process streams({"--subscribe-token", "s"});
        check(streams, {one("topic=a", {}, 401), one("topic=a", bearing("s"), 200)});
    }

    TEST_CASE("presence · the bearers of the subscribe token have no subject")
    {
        server_process server({"--subscribe-token", "s"});
        std::deque<event_stream> streams;
        open(streams, server.port(), {.query = "topic=a", .headers = bearing("s")});
        CHECK(body_of(presence(server.port(), "topic=a", bearing("s"))) == topic("a", 1, {}));
    }

    TEST_CASE("presence · what is wrong with the query is a 400 that names it")
    {
        server_process server;
        const std::vector<std::pair<std::string, const char*>> rows{
            {"", "'topic'"},
            {"topic=a&topic=b", "several"},
            {"topic=a&topic_pattern=b", "several"},
            {"topic=", "'topic'"},
            {"topic=" + std::string(4097, 'a'), "'topic'"},
            {"topic=*", "'*'"},
            {"topic_pattern=(", "'topic_pattern'"},
            {"topic=a&limit=0", "'limit'"},
            {"topic=a&limit=1001", "'limit'"},
            {"topic=a&after=x&after=y", "'after'"},
            {"topic=a&types=x", "'types'"},
            {"topic=a&colour=red", "'colour'"},
        };
        for (const auto& [query, named] : rows) {
            CAPTURE(query);
            check_problem(presence(server.port(), query, {}), 400, named);
        }
        check_problem(request(server.port(), {.method = "POST", .target = "/presence"}), 405);
    }

    TEST_CASE("events · the first stream of a subject and the end of its last, whatever threads they are on")
    {
        for (const int threads : {1, 2}) {
            CAPTURE(threads);
            server_process server(publishing_presence(threads));
            follower_of seen(server, "a");
            const auto ann = naming("topic=a&topic=b", with_payload(may_subscribe({}, "ann"), R"({"name":"Ann"})"));
            std::deque<event_stream> streams;
            for (int i = 0; i != 6; ++i) {
                open(streams, server.port(), ann);
            }
            CHECK(seen.next() == "+ann");
            CHECK(seen.last().data == R"({"subject":"ann","payload":{"name":"Ann"},"active":true})");
            CHECK_FALSE(seen.last().id.empty());
            open(streams, server.port(), naming("topic=a", may_subscribe({}, "ben")));
            open(streams, server.port(), naming("topic=*", may_subscribe({}, "eve")));
            open(streams, server.port(), naming("topic_pattern=*", may_subscribe({}, "eve")));
            CHECK(seen.next() == "+ben");
            CHECK(seen.last().data == R"({"subject":"ben","payload":null,"active":true})");
            for (int i = 0; i != 5; ++i) {
                streams.pop_front();
            }
            wait_for(server.port(), "topic=b", topic("b", 1, {subject("ann", 1, R"({"name":"Ann"})")}));
            CHECK(seen.all().empty());
            streams.pop_front();
            CHECK(seen.next() == "-ann");
            CHECK(seen.last().data == R"({"subject":"ann","payload":{"name":"Ann"},"active":false})");
        }
    }

    TEST_CASE("events · the last stream counts as ended however it ends")
    {
        server_process server(publishing_presence(2));
        follower_of seen(server, "a");
        const auto stand = [&](const std::string& name, int seconds = 0) {
            auto claims = may_subscribe({}, name);
            if (seconds != 0) {
                claims.grant.expires = in_seconds(seconds);
            }
            auto stream = std::make_unique<event_stream>(server.port(), naming("topic=a", claims));
            CHECK(seen.next() == "+" + name);
            return stream;
        };
        const auto control = [&](const std::string& method, const std::string& target, const std::string& body = "") {
            auto headers = as_publisher();
            if (!body.empty()) {
                headers.add("Content-Type", json);
            }
            CHECK(
                request(server.port(), {.method = method, .target = target, .headers = headers, .body = body}).status /
                    100 ==
                2);
        };
        const auto closed = stand("closed");
        closed->close();
        CHECK(seen.next() == "-closed");
        const auto reset = stand("reset");
        reset->reset();
        CHECK(seen.next() == "-reset");
        const auto disconnected = stand("disconnected");
        control("POST", "/disconnect?session=" + disconnected->session_id());
        CHECK(seen.next() == "-disconnected");
        const auto removed = stand("removed");
        control("DELETE", "/sessions/" + removed->session_id());
        CHECK(seen.next() == "-removed");
        const auto revoked = stand("revoked");
        control("POST", "/revoke", R"({"subject":"revoked"})");
        CHECK(seen.next() == "-revoked");
        const auto expired = stand("expired", 2);
        CHECK(seen.next() == "-expired");
    }

    TEST_CASE("events · none where a stream takes over another one's session, on whatever thread")
    {
        for (const int threads : {1, 2}) {
            CAPTURE(threads);
            server_process server(publishing_presence(threads));
            follower_of seen(server, "a");
            std::deque<event_stream> streams;
            open(streams, server.port(), naming("topic=a", may_subscribe({}, "ann")));
            CHECK(seen.next() == "+ann");
            auto again = naming("", may_subscribe({}, "ann"));
            again.session = streams.front().session_id();
            for (int i = 0; i != 20; ++i) {
                open(streams, server.port(), again);
                (void)streams.front().wait_end();
                streams.pop_front();
            }
            wait_for(server.port(), "topic=a", topic("a", 1, {subject("ann", 1)}));
            CHECK(seen.all().empty());
            streams.clear();
            CHECK(seen.next() == "-ann");
        }
    }

    TEST_CASE("events · at most one in a second each way; what was held back comes when the second is over")
    {
        for (const int threads : {1, 2}) {
            CAPTURE(threads);
            server_process server(publishing_presence(threads));
            follower_of seen(server, "a");
            const auto ann = naming("topic=a", may_subscribe({}, "ann"));
            const auto begun = std::chrono::steady_clock::now();
            for (int i = 0; i != 4; ++i) {
                event_stream brief(server.port(), ann);
                brief.connected();
                brief.close();
                wait_for(server.port(), "topic=a", topic("a", 0, {}));
            }
            event_stream stays(server.port(), ann);
            stays.connected();
            CHECK(seen.next() == "+ann");
            CHECK(seen.next() == "-ann");
            CHECK(seen.next() == "+ann");
            CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::seconds{1});
            CHECK(seen.all().empty());
            stays.close();
            CHECK(seen.next() == "-ann");
        }
    }

    TEST_CASE("events · are private, and only what may be told is told")
    {
        server_process server(publishing_presence(2, {"--anonymous"}));
        event_stream outside(server.port(), {.query = "topic=presence/a"});
        event_stream elsewhere(server.port(), naming("topic=presence/a", may_subscribe({"a"}, "b")));
        follower_of seen(server, "a");
        std::deque<event_stream> streams;
        open(streams, server.port(), naming("topic=a", may_subscribe({}, "ann")));
        CHECK(seen.next() == "+ann");
        open(streams, server.port(), {.query = "topic=a"}); // without a subject
        open(streams, server.port(), naming("topic=" + std::string(1016, 'x'), may_subscribe({}, "ann")));
        open(streams, server.port(), naming("topic=a%0Ab", may_subscribe({}, "ann")));
        open(streams, server.port(), naming("topic=" + std::string(1015, 'x'), may_subscribe({}, "ann")));
        eventually("the event about the longest topic", [&] { return events_published(server) == 2; });
        CHECK(seen.all().empty());
        for (auto* const stream : {&outside, &elsewhere}) {
            const auto publish = [&](const std::string& marker) {
                auto headers = as_publisher();
                (void)request(server.port(),
                              {.method = "POST", .target = "/publish?data=" + marker, .headers = headers});
            };
            stream->connected();
            for (const auto& e : stream->barrier(publish)) {
                CHECK(e.type != "presence");
            }
        }
    }

    TEST_CASE("events · there are none without --presence")
    {
        server_process server(with_keys());
        std::deque<event_stream> streams;
        open(streams, server.port(), naming("topic=a", may_subscribe({}, "ann")));
        streams.clear();
        wait_for(server.port(), "topic=a", topic("a", 0, {}));
        CHECK(events_published(server) == 0);
    }
}
