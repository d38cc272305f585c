// JSON Web Tokens: where they are taken from, which are good, and what a stream may have with them.
#include "minted.hpp"
#include "refused_start.hpp"
#include "temporary_directory.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <deque>
#include <thread>

using namespace sluice::test;

namespace {

/// Publishes the event in JSON with a token that may publish everything.
void publish_as_all(const server_process& server, const std::string& event)
{
    auto headers = as_publisher();
    headers.add("Content-Type", json);
    const auto answer =
        request(server.port(), {.method = "POST", .target = "/publish", .headers = headers, .body = event});
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
}

/// Publishes private events on the topics `a` and `b`, a public one, and the end; returns which of them come.
std::vector<std::string> what_comes(const server_process& server, event_stream& stream)
{
    for (const auto* const topic : {"a", "b"}) {
        publish_as_all(server, fmt::format(R"({{"data":"private {0}","topic":"{0}","private":true}})", topic));
    }
    publish_as_all(server, R"({"data":"public","topic":"a"})");
    publish_as_all(server, R"({"data":"last"})");
    std::vector<std::string> data;
    for (;;) {
        auto e = stream.next_of_type("message");
        if (e.data == "last") {
            return data;
        }
        data.push_back(std::move(e.data));
    }
}

struct right_row {
    const char* name;
    stream_options stream;
    std::vector<std::string> comes;
};

const std::vector<std::string> a_and_public{"private a", "public"};
const std::vector<std::string> public_only{"public"};
const std::vector<std::string> all_of_them{"private a", "private b", "public"};

std::vector<right_row> right_rows()
{
    const auto a = minted(may_subscribe({"a"}));
    auto details = may_subscribe({"a", "c"});
    details.grant.dialect = jwt::dialect::v1;
    auto by_template = may_subscribe({});
    by_template.grant.subscribe.push_back({.kind = jwt::matcher_kind::uri_template, .text = "{x}"});
    auto by_other_template = may_subscribe({});
    by_other_template.grant.subscribe.push_back({.kind = jwt::matcher_kind::uri_template, .text = "a{/x}b"});
    return {
        {"by the header", {.headers = bearing(a)}, a_and_public},
        {"by the query", {.query = "access_token=" + a}, a_and_public},
        {"by the query, as Mercure 0.x has it", {.query = "authorization=" + a}, a_and_public},
        {"by a cookie", {.headers = {{"Cookie", "mercureAuthorization=" + a}}}, a_and_public},
        {"by the other cookie", {.headers = {{"Cookie", "__Secure-mercure_access_token=" + a}}}, a_and_public},
        {"as Mercure 1.0 has it", {.headers = bearing(minted(details))}, a_and_public},
        {"by an elliptic curve", {.headers = bearing(minted(may_subscribe({"a"}), "p256.private.pem"))}, a_and_public},
        {"every topic", {.headers = bearing(minted(may_subscribe({"*"})))}, all_of_them},
        {"both topics", {.headers = bearing(minted(may_subscribe({"a", "b"})))}, all_of_them},
        {"none", {.headers = bearing(minted(may_subscribe({})))}, public_only},
        {"to publish alone", {.headers = bearing(minted(may_publish({"*"})))}, public_only},
        {"a template", {.headers = bearing(minted(by_template))}, all_of_them},
        {"a template that matches neither", {.headers = bearing(minted(by_other_template))}, public_only},
        {"a template, which it does not ask for",
         {.query = "topic=b", .headers = bearing(minted(by_template))},
         {"private b"}},
        {"what it asks for widens nothing", {.query = "topic=a&topic=b", .headers = bearing(a)}, a_and_public},
        {"the header wins",
         {.query = "access_token=" + minted(may_subscribe({"b"})), .headers = bearing(a)},
         a_and_public},
    };
}

struct unfit_row {
    const char* name;
    stream_options stream;
    const char* detail;
    bool given = true;
};

std::string with_expiry(int seconds)
{
    auto claims = may_subscribe({"a"});
    claims.grant.expires = in_seconds(seconds);
    return minted(claims);
}

std::vector<unfit_row> unfit_rows()
{
    const auto good = minted(may_subscribe({"a"}));
    const auto own = fmt::format("mercureAuthorization={}", good);
    return {
        {"no token", {}, "a stream needs a token", false},
        {"another scheme", {.headers = {{"Authorization", "Basic " + good}}}, "a stream needs a token", false},
        {"no JWT", {.headers = bearing("secret")}, "not a JWT"},
        {"another key",
         {.headers = bearing(minted(may_subscribe({"a"}), "other_p256.private.pem"))},
         "not made with a key"},
        {"cut", {.query = "access_token=" + good.substr(0, good.size() - 2)}, "signature"},
        {"expired", {.headers = bearing(with_expiry(-31))}, "has expired"},
        {"expired, in a cookie", {.headers = {{"Cookie", "mercureAuthorization=" + with_expiry(-31)}}}, "has expired"},
        {"the header wins", {.query = "access_token=" + good, .headers = bearing(with_expiry(-31))}, "has expired"},
        {"twice by the query",
         {.query = fmt::format("access_token={0}&access_token={0}", good)},
         "several access_token parameters"},
        {"a foreign page's cookie",
         {.headers = {{"Cookie", own}, {"Origin", "https://evil.example"}}},
         "a stream needs a token",
         false},
        {"a foreign page's cookie, by Referer",
         {.headers = {{"Cookie", own}, {"Referer", "https://evil.example/"}}},
         "a stream needs a token",
         false},
    };
}

struct publish_row {
    const char* name;
    std::vector<jwt::matcher> grant;
    std::string body;
    const char* missing = ""; ///< what the answer names; empty: it is published
};

const jwt::matcher chat_pattern{.kind = jwt::matcher_kind::url_pattern, .text = "/chat/:room"};
const jwt::matcher chat_template{.kind = jwt::matcher_kind::uri_template, .text = "/chat/{room}"};

const std::vector<publish_row> publish_rows{
    {"a topic", exactly({"a"}), R"({"topic":"a"})"},
    {"another topic", exactly({"a"}), R"({"topic":"A"})", "right to publish to 'A'"},
    {"all of its topics", exactly({"a", "b"}), R"({"topic":["a","b"]})"},
    {"an alternate topic that is missing", exactly({"a"}), R"({"topic":["a","b","c"]})", "to 'b'"},
    {"without a topic", exactly({"a", "b"}), R"({"data":"x"})", "without a topic"},
    {"everything", exactly({"*"}), R"({"topic":["a","b"]})"},
    {"everything, without a topic", exactly({"*"}), R"({"data":"x"})"},
    {"nothing", {}, R"({"topic":"a"})", "to 'a'"},
    {"a private one", exactly({"b"}), R"({"topic":"a","private":true})", "to 'a'"},
    {"a batch", exactly({"a", "b"}), "{\"topic\":\"a\"}\n{\"topic\":\"b\"}\n"},
    {"a batch of which one is missing", exactly({"a"}), "{\"topic\":\"a\"}\n{\"topic\":\"b\"}\n",
     "event 2: there is no right to publish to 'b'"},
    {"a pattern", {chat_pattern}, R"({"topic":"/chat/7"})"},
    {"a pattern, by the whole URL", {chat_pattern}, R"({"topic":"https://hub.example/chat/7"})"},
    {"a pattern that does not match", {chat_pattern}, R"({"topic":"/chat/7/8"})", "to '/chat/7/8'"},
    {"another host", {chat_pattern}, R"({"topic":"https://other.example/chat/7"})", "to 'https://other"},
    {"a template", {chat_template}, R"({"topic":"/chat/7"})"},
    {"a template's own text", {chat_template}, R"({"topic":"/chat/{room}"})"},
    {"a template that does not match", {chat_template}, R"({"topic":"/chats/7"})", "to '/chats/7'"},
    {"a pattern and a topic", {chat_template, {.text = "a"}}, R"({"topic":["/chat/7","a"]})"},
    {"a pattern does not allow everything", {chat_pattern}, R"({"data":"x"})", "without a topic"},
};

std::int64_t stat_with_token(const server_process& server)
{
    const auto answer = request(server.port(), {.target = "/stats", .headers = as_publisher()});
    return integer(answer.json().at("events_published"));
}

/// What the stream gets up to its end, control events with their type in front.
std::vector<std::string> all_up_to_the_end(event_stream& stream)
{
    std::vector<std::string> all;
    while (const auto e = stream.next_or_end()) {
        all.push_back(e->type == "message" ? e->data : e->type + " " + e->data);
    }
    return all;
}

/// A token for private events about `a` that expires in so many seconds.
std::string expiring_in(int seconds, std::string subject = "alice")
{
    auto claims = may_subscribe({"a"}, std::move(subject));
    claims.grant.expires = in_seconds(seconds);
    return minted(claims);
}

void publish_private(const server_process& server, const std::string& data)
{
    publish_as_all(server, fmt::format(R"({{"data":"{}","topic":"a","private":true}})", data));
}

std::int64_t streams_of(const server_process& server)
{
    const auto answer = request(server.port(), {.target = "/stats", .headers = as_publisher()});
    return integer(answer.json().at("active_clients"));
}

void wait_for_streams(const server_process& server, std::int64_t wanted)
{
    eventually("the number of streams", [&] { return streams_of(server) == wanted; });
}

const std::string end_by_expiry = R"(token-expired {"reason":"expired"})";
const std::string end_by_revocation = R"(token-expired {"reason":"revoked"})";

http_response revoke(const server_process& server, const std::string& body)
{
    auto headers = as_publisher();
    headers.add("Content-Type", json);
    return request(server.port(), {.method = "POST", .target = "/revoke", .headers = headers, .body = body});
}

std::int64_t revoked_streams(const server_process& server, const std::string& body)
{
    const auto response = revoke(server, body);
    REQUIRE_MESSAGE(response.status == 200, response.body);
    return integer(response.json().at("streams"));
}

int status_with(const server_process& server, const header_fields& headers)
{
    http_connection connection(server.port());
    connection.send(stream_options{.headers = headers}.to_request());
    return connection.read_head().status;
}

} // namespace

TEST_SUITE("contract/rights")
{
    TEST_CASE("streams · a token may stand in five places, and grants the private events that it names")
    {
        server_process server(with_keys());
        for_each_row(right_rows(), [&](const right_row& row) {
            event_stream stream(server.port(), row.stream);
            stream.connected();
            CHECK(what_comes(server, stream) == row.comes);
        });
    }

    TEST_CASE("streams · a pattern of a token grants the private events that it matches")
    {
        server_process server(with_keys());
        auto claims = may_subscribe({});
        claims.grant.dialect = jwt::dialect::v1;
        claims.grant.subscribe.push_back(chat_pattern);
        event_stream stream(server.port(), {.headers = bearing(minted(claims))});
        stream.connected();
        for (const auto* const topic : {"/chats/1", "/chat/2", "/chat/3/4"}) {
            publish_as_all(server, fmt::format(R"({{"data":"{0}","topic":"{0}","private":true}})", topic));
        }
        CHECK(stream.next_of_type("message").data == "/chat/2");
        CHECK(what_comes(server, stream) == public_only);
    }

    TEST_CASE("streams · a template of a token grants what it stands for, and the topic that it is, replays included")
    {
        server_process server(with_keys());
        auto claims = may_subscribe({});
        claims.grant.subscribe.push_back({.kind = jwt::matcher_kind::uri_template, .text = "https://x.example/{id}"});
        const auto headers = bearing(minted(claims));
        for (const auto* const id : {"1", "2/3", "{id}", "4"}) {
            publish_as_all(server,
                           fmt::format(R"({{"data":"{0}","topic":"https://x.example/{0}","private":true}})", id));
        }
        event_stream stream(server.port(), {.last_event_id = "earliest", .headers = headers});
        stream.connected();
        for (const auto* const id : {"1", "{id}", "4"}) {
            CHECK(stream.next_of_type("message").data == id);
        }
        CHECK(what_comes(server, stream) == public_only);
        const auto listed = request(server.port(), {.target = "/history?limit=9", .headers = headers}).json();
        CHECK(listed.at("events").as_array().size() == 5);
    }

    TEST_CASE("streams · a token that is cached grants the same")
    {
        server_process server(with_keys({"--threads", "1"}));
        const auto token = minted(may_subscribe({"a"}));
        for (int i = 0; i != 3; ++i) {
            event_stream stream(server.port(), {.headers = bearing(token)});
            stream.connected();
            CHECK(what_comes(server, stream) == a_and_public);
        }
    }

    TEST_CASE("streams · a claim's grant replaces the session's older one, for what is replayed too")
    {
        server_process server(with_keys());
        event_stream first(server.port(), {.headers = bearing(minted(may_subscribe({"a"})))});
        first.connected();
        const auto before = first.last_event_id();
        CHECK(what_comes(server, first) == a_and_public);
        const auto replayed = [&](const std::vector<std::string>& topics) {
            event_stream stream(server.port(), {.session = first.session_id(),
                                                .last_event_id = before,
                                                .headers = bearing(minted(may_subscribe(topics)))});
            CHECK(stream.connected().at("resumed").as_bool());
            std::vector<std::string> data;
            for (auto e = stream.next_of_type("message"); e.data != "last"; e = stream.next_of_type("message")) {
                data.push_back(e.data);
            }
            return data;
        };
        CHECK(replayed({"b"}) == std::vector<std::string>{"private b", "public"});
        CHECK(replayed({}) == public_only);
        CHECK(replayed({"*"}) == all_of_them);
    }

    TEST_CASE("streams · a token that is missing or no good is refused, with the check that failed")
    {
        server_process server(with_keys());
        for_each_row(unfit_rows(), [&](const unfit_row& row) {
            const auto response = event_stream::refused(server.port(), row.stream);
            check_problem(response, 401, row.detail);
            const auto detail = text(response.json().at("detail"));
            CHECK(response.headers.get("WWW-Authenticate") ==
                  (row.given ? "Bearer error=\"invalid_token\", error_description=\"" + detail + "\"" : "Bearer"));
        });
    }

    TEST_CASE("static tokens · count beside keys, and are refused like other tokens otherwise")
    {
        server_process server(with_keys({"--publish-token", "p", "--subscribe-token", "s"}));
        CHECK(status_with(server, bearing("s")) == 200);
        CHECK(status_with(server, bearing(minted(may_subscribe({})))) == 200);
        CHECK(status_with(server, bearing("p")) == 401);
        CHECK(status_with(server, {}) == 401);
        for (const auto& [headers, status] :
             {std::pair{bearing("p"), 200}, {as_publisher(), 200}, {bearing("s"), 401}}) {
            CHECK(request(server.port(), {.target = "/stats", .headers = headers}).status == status);
        }
        event_stream all(server.port(), {.headers = bearing("s")});
        all.connected();
        CHECK(what_comes(server, all) == all_of_them);
    }

    TEST_CASE("anonymous · who has no token gets what is public; a token that is given must be good")
    {
        server_process server(with_keys({"--anonymous", "--subscribe-token", "s"}));
        event_stream nobody(server.port());
        nobody.connected();
        CHECK(what_comes(server, nobody) == public_only);
        event_stream somebody(server.port(), {.headers = bearing(minted(may_subscribe({"a"})))});
        somebody.connected();
        CHECK(what_comes(server, somebody) == a_and_public);
        CHECK(status_with(server, bearing("no token")) == 401);
        CHECK(request(server.port(), {.target = "/stats"}).status == 401);
    }

    TEST_CASE("publishing · needs a grant on every topic, and names the first that is missing")
    {
        server_process server(with_keys({"--public-url", "https://hub.example"}));
        for_each_row(publish_rows, [&](const publish_row& row) {
            jwt::minted_claims claims;
            claims.grant.publish = row.grant;
            const auto is_pattern = [](const jwt::matcher& m) { return m.kind == jwt::matcher_kind::url_pattern; };
            claims.grant.dialect = std::ranges::any_of(row.grant, is_pattern) ? jwt::dialect::v1 : jwt::dialect::v0;
            auto headers = bearing(minted(claims));
            headers.add("Content-Type", row.body.find('\n') == std::string::npos ? json : ndjson);
            const auto before = stat_with_token(server);
            const auto response =
                request(server.port(),
                        {.method = "POST", .target = "/publish", .headers = std::move(headers), .body = row.body});
            if (*row.missing == '\0') {
                CHECK_MESSAGE(response.status == 200, response.body);
                return;
            }
            check_problem(response, 403, row.missing);
            CHECK(response.headers.get("WWW-Authenticate").starts_with("Bearer error=\"insufficient_scope\""));
            CHECK(stat_with_token(server) == before);
        });
    }

    TEST_CASE("publishing · as it comes needs a grant for each item, and ends when the token does")
    {
        server_process server(with_keys({"--jwt-leeway", "0"}));
        event_stream reader(server.port(), {.headers = bearing(minted(may_subscribe({"a"})))});
        reader.connected();
        const auto publish = [&](const jwt::minted_claims& claims, std::string body) {
            auto headers = bearing(minted(claims));
            headers.add("Content-Type", ndjson);
            return request(server.port(), {.method = "POST",
                                           .target = "/publish?stream=1&topic=a",
                                           .headers = std::move(headers),
                                           .body = std::move(body)});
        };
        CHECK(publish(may_publish({"a"}), "{}\n{}\n").status == 200);
        const auto refused = publish(may_publish({"a"}), "{\"data\":\"1\"}\n{\"topic\":[\"a\",\"b\"]}\n{}\n");
        check_problem(refused, 403, "line 2: there is no right to publish to 'b'");
        CHECK(integer(refused.json().at("count")) == 1);
        CHECK(refused.headers.get("WWW-Authenticate").starts_with("Bearer error=\"insufficient_scope\""));
        auto claims = may_publish({"a"});
        claims.grant.expires =
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + std::chrono::seconds{2};
        http_connection publisher(server.port());
        publisher.send(fmt::format("PUT /publish?stream=1&topic=a HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                                   "Authorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\r\n",
                                   minted(claims)));
        int sent = 0;
        std::string answer;
        while (publisher.socket().receive(answer, deadline::unscaled(std::chrono::milliseconds{100})) ==
               receive_result::timed_out) {
            REQUIRE(std::chrono::system_clock::now() < *claims.grant.expires + std::chrono::seconds{30});
            publisher.socket().try_send("2\r\nx\n\r\n");
            ++sent;
        }
        CHECK(sent > 1);
        CHECK(answer.find(" 401 ") != std::string::npos);
        CHECK(std::chrono::system_clock::now() >= *claims.grant.expires);
    }

    TEST_CASE("publishing · an Idempotency-Key belongs to a token")
    {
        server_process server(with_keys({"--publish-token", "p"}));
        auto other = may_publish({"*"});
        other.grant.subject = "another";
        const auto tokens = {std::string("p"), minted(may_publish({"*"})), minted(other)};
        for (const bool is_first : {true, false}) {
            for (const auto& token : tokens) {
                auto headers = bearing(token);
                headers.add("Idempotency-Key", "k");
                const auto response =
                    request(server.port(), {.method = "POST", .target = "/publish", .headers = std::move(headers)});
                CHECK(response.status == 200);
                CHECK(response.headers.has("Idempotency-Replayed") != is_first);
            }
        }
        CHECK(stat_with_token(server) == 3);
    }

    TEST_CASE("publishing · what is wrong with the request is said before what is not allowed; by a cookie too")
    {
        server_process server(with_keys());
        const auto token = minted(may_publish({"a"}));
        const auto publish = [&](header_fields headers, const std::string& target) {
            return request(server.port(), {.method = "POST", .target = target, .headers = std::move(headers)});
        };
        check_problem(publish(bearing(token), "/publish?topic=b&colour=blue"), 400, "colour");
        check_problem(publish(bearing(token), "/broadcast?topic=b"), 403, "to 'b'");
        check_problem(publish({}, "/publish?topic=a"), 401, "needs a token");
        check_problem(publish({}, "/publish?topic=a&access_token=" + token), 401, "needs a token");
        const auto cookie = "mercureAuthorization=" + token;
        const auto own = fmt::format("http://127.0.0.1:{}", server.port());
        CHECK(publish({{"Cookie", cookie}, {"Origin", own}, {"Host", own.substr(7)}}, "/publish?topic=a").status ==
              200);
        CHECK(publish({{"Cookie", cookie}}, "/publish?topic=a").status == 401);
    }

    TEST_CASE("publishing · items that arrive are judged one by one, while the token is good")
    {
        server_process server(with_keys());
        const auto items = [](const std::string& token) {
            auto headers = bearing(token);
            headers.add("Content-Type", ndjson);
            headers.add("Transfer-Encoding", "chunked");
            return http_request{.method = "POST", .target = "/publish?stream=1", .headers = std::move(headers)};
        };
        const auto chunk = [](const std::string& text) { return fmt::format("{:x}\r\n{}\r\n", text.size(), text); };
        http_connection forbidden(server.port());
        forbidden.send(items(minted(may_publish({"a"}))));
        forbidden.send(chunk("{\"topic\":\"a\"}\n{\"topic\":\"b\"}\n{\"topic\":\"a\"}\n"));
        const auto response = forbidden.read_response();
        check_problem(response, 403, "line 2: there is no right to publish to 'b'");
        CHECK(response.json().at("count") == 1);
        CHECK(response.headers.get("WWW-Authenticate").starts_with("Bearer error=\"insufficient_scope\""));
        CHECK(stat_with_token(server) == 1);

        http_connection revoked(server.port());
        revoked.send(items(minted(may_publish({"a"}))));
        revoked.send(chunk("{\"topic\":\"a\"}\n"));
        eventually("the item is published", [&] { return stat_with_token(server) == 2; });
        CHECK(revoked_streams(server, R"({"subject":"alice"})") == 0);
        revoked.send(chunk("{\"topic\":\"a\"}\n"));
        check_problem(revoked.read_response(), 401, "was revoked");
        CHECK(stat_with_token(server) == 2);
    }

    TEST_CASE("control · needs a grant to publish everything, else 403")
    {
        server_process server(with_keys());
        for (const auto* const target : {"/stats", "/sessions"}) {
            CHECK(request(server.port(), {.target = target, .headers = as_publisher()}).status == 200);
            check_problem(request(server.port(), {.target = target}), 401, "needs a token");
            const auto response =
                request(server.port(), {.target = target, .headers = bearing(minted(may_publish({"a"})))});
            check_problem(response, 403, "every topic");
            CHECK(response.headers.get("WWW-Authenticate")
                      .starts_with("Bearer error=\"insufficient_scope\", error_description=\""));
        }
    }

    TEST_CASE("keys · guard the server as a publish token does")
    {
        // By name from elsewhere, and for other machines.
        server_process server({.arguments = with_keys({"--listen", "0.0.0.0:0"}), .allow_x = false});
        auto headers = as_publisher();
        headers.add("Host", "hub.example");
        CHECK(request(server.port(), {.target = "/stats", .headers = headers}).status == 200);
    }

    TEST_CASE("claims · an issuer and an audience that are required, and the leeway")
    {
        server_process server(
            with_keys({"--jwt-issuer", "i", "--jwt-audience", "a,b", "--jwt-leeway", "1h", "--jwt-require-exp"}));
        auto claims = may_subscribe({});
        claims.issuer = "i";
        claims.audience = "b";
        claims.grant.expires = in_seconds(-3000);
        CHECK(status_with(server, bearing(minted(claims))) == 200);
        for (const auto& [change, detail] : std::vector<std::pair<void (*)(jwt::minted_claims&), const char*>>{
                 {[](auto& c) { c.issuer = "j"; }, "'iss'"},
                 {[](auto& c) { c.audience = "c"; }, "'aud'"},
                 {[](auto& c) { c.grant.expires = in_seconds(-3700); }, "has expired"},
                 {[](auto& c) { c.grant.expires.reset(); }, "'exp', which is required"}}) {
            auto other = claims;
            change(other);
            check_problem(event_stream::refused(server.port(), {.headers = bearing(minted(other))}), 401, detail);
        }
    }

    TEST_CASE("keys · one that cannot be used ends the start with status 1, and the check says so too")
    {
        const temporary_directory directory;
        const auto refuse = [&](const std::string& option, const std::string& path, std::string_view why) {
            check_refused_start({.arguments = {option, path}}, 1, {option, path, why});
            check_refused_start({.arguments = {option, path, "--check-config"}}, 1, {option, path, why});
        };
        refuse("--jwt-key-file", directory.file("missing"), "cannot read");
        refuse("--jwt-key-file", directory.write("short", "secret\n"), "has 6 bytes");
        refuse("--jwt-key-file", key_path("p256.private.pem"), "private key");
        refuse("--jwks-file", directory.write("jwks", R"({"keys":[{"kty":"RSA"}]})"), "key 1");
        for (const auto* const option :
             {"--jwt-issuer=i", "--jwt-audience=a", "--jwt-leeway=1s", "--jwt-require-exp"}) {
            const std::string flag{std::string_view(option).substr(0, std::string_view(option).find('='))};
            check_refused_start({.arguments = {option}}, 2, {flag, "--jwt-key-file"});
        }
    }

    TEST_CASE("expiry · ends a stream with token-expired, at exp and not before; others go on")
    {
        server_process server(with_keys({"--threads", "2"}));
        event_stream forever(server.port(), {.headers = bearing(minted(may_subscribe({"a"})))});
        event_stream longer(server.port(), {.headers = bearing(expiring_in(1000))});
        const auto expires = in_seconds(2);
        event_stream stream(server.port(), {.headers = bearing(expiring_in(2))});
        publish_private(server, "before");
        const auto all = all_up_to_the_end(stream);
        CHECK(std::chrono::system_clock::now() >= expires);
        REQUIRE(all.size() == 3);
        CHECK(all[1] == "before");
        CHECK(all[2] == end_by_expiry);
        CHECK(stream.end() == stream_end::last_chunk);
        publish_private(server, "after");
        for (auto* const other : {&forever, &longer}) {
            CHECK(other->next_of_type("message").data == "before");
            CHECK(other->next_of_type("message").data == "after");
        }
        // The session stays, for a token that is good.
        check_problem(event_stream::refused(server.port(),
                                            {.session = stream.session_id(), .headers = bearing(expiring_in(-31))}),
                      401, "has expired");
        event_stream again(server.port(),
                           {.session = stream.session_id(), .headers = bearing(minted(may_subscribe({"a"})))});
        CHECK(again.connected().at("resumed").as_bool());
        CHECK(again.next_of_type("message").data == "after");
        server.wait_for_log("reason=\"expired\"");
    }

    TEST_CASE("expiry · a stream that only the leeway lets in ends when that is over")
    {
        server_process server(with_keys({"--jwt-leeway", "3s"}));
        const auto over = in_seconds(2);
        event_stream stream(server.port(), {.headers = bearing(expiring_in(-1))});
        CHECK(all_up_to_the_end(stream).back() == end_by_expiry);
        CHECK(std::chrono::system_clock::now() >= over);
    }

    TEST_CASE("expiry · nothing private goes to a stream that lags or is replayed, though it was published before")
    {
        server_process server(with_keys());
        endpoint narrow(server.port());
        narrow.receive_buffer = 4096;
        event_stream first(server.port(), {.headers = bearing(minted(may_subscribe({"a"})))});
        first.connected();
        const auto before = first.last_event_id();
        event_stream lags(narrow, {.headers = bearing(expiring_in(2))});
        const std::string large(200'000, 'x');
        for (int i = 0; i != 30; ++i) {
            publish_private(server, large);
        }
        publish_private(server, "newest");
        event_stream replayed(
            narrow,
            {.session = first.session_id(), .last_event_id = before, .headers = bearing(expiring_in(2, "alice"))});
        wait_for_streams(server, 0);
        server.wait_for_log("reason=\"expired\"", {}, 2);
        for (auto* const stream : {&lags, &replayed}) {
            std::vector<std::string> all;
            while (const auto e = stream->next_or_end()) {
                all.push_back(e->data);
            }
            CHECK(std::ranges::find(all, "newest") == all.end());
            CHECK(std::ranges::count(all, large) < 30);
        }
    }

    TEST_CASE("revoke · ends the streams of a subject, and refuses its older tokens")
    {
        server_process server(with_keys({"--threads", "2", "--subscribe-token", "s"}));
        auto claims = may_subscribe({"a"});
        claims.grant.issued = in_seconds(-10);
        const auto old = minted(claims);
        event_stream first(server.port(), {.headers = bearing(old)});
        event_stream second(server.port(), {.headers = bearing(minted(may_subscribe({"a"})))});
        event_stream bob(server.port(), {.headers = bearing(minted(may_subscribe({"a"}, "bob")))});
        event_stream all(server.port(), {.headers = bearing("s")});
        publish_private(server, "before");
        CHECK(revoked_streams(server, R"({"subject":"alice"})") == 2);
        publish_private(server, "after");
        for (auto* const stream : {&first, &second}) {
            const auto came = all_up_to_the_end(*stream);
            CHECK(came.back() == end_by_revocation);
            CHECK(std::ranges::find(came, "after") == came.end());
            CHECK(stream->end() == stream_end::last_chunk);
        }
        for (auto* const stream : {&bob, &all}) {
            CHECK(stream->next_of_type("message").data == "before");
            CHECK(stream->next_of_type("message").data == "after");
        }
        for (int i = 0; i != 4; ++i) { // on both threads
            check_problem(event_stream::refused(server.port(), {.headers = bearing(old)}), 401, "was revoked");
        }
        CHECK(status_with(server, bearing(minted(may_subscribe({})))) == 401);
        claims.grant.issued = in_seconds(2);
        CHECK(status_with(server, bearing(minted(claims))) == 200);
        CHECK(revoked_streams(server, R"({"subject":"nobody"})") == 0);
        server.wait_for_log("reason=\"revoked\"");
    }

    TEST_CASE("revoke · ends the streams of one token, and refuses it to publish too, for as long as is said")
    {
        server_process server(with_keys({"--revocation-ttl", "2s"}));
        auto claims = may_subscribe({"a"});
        claims.grant.publish = exactly({"a"});
        claims.grant.token_id = "one";
        claims.grant.issued = in_seconds(100);
        const auto one = minted(claims);
        claims.grant.token_id = "two";
        const auto two = minted(claims);
        event_stream first(server.port(), {.headers = bearing(one)});
        event_stream second(server.port(), {.headers = bearing(two)});
        const auto publish = [&](const std::string& token) {
            return request(server.port(),
                           {.method = "POST", .target = "/publish?topic=a&data=x", .headers = bearing(token)})
                .status;
        };
        CHECK(publish(one) == 200);
        CHECK(revoked_streams(server, R"({"token_id":"one"})") == 1);
        CHECK(all_up_to_the_end(first).back() == end_by_revocation);
        CHECK(publish(one) == 401);
        CHECK(publish(two) == 200);
        CHECK(status_with(server, bearing(one)) == 401);
        eventually("the token is taken again", [&] { return status_with(server, bearing(one)) == 200; });
    }

    TEST_CASE("revoke · stops private events at that moment, whatever is under way")
    {
        server_process server(with_keys({"--threads", "2"}));
        endpoint narrow(server.port());
        narrow.receive_buffer = 4096;
        std::deque<event_stream> streams;
        for (int i = 0; i != 8; ++i) {
            streams.emplace_back(i % 2 == 0 ? narrow : endpoint(server.port()),
                                 stream_options{.headers = bearing(minted(may_subscribe({"a"})))});
        }
        std::atomic<bool> stop = false;
        std::atomic<int> begun = 0;
        std::thread publisher([&] {
            const std::string padding(20'000, 'x');
            while (!stop) {
                publish_private(server, fmt::format("{} {}", ++begun, padding));
            }
        });
        while (begun < 100) {
            std::this_thread::yield();
        }
        const auto ended = revoked_streams(server, R"({"subject":"alice"})");
        const int newest = begun; // the last of which may have been published before the answer
        while (begun < newest + 20) {
            std::this_thread::yield();
        }
        stop = true;
        publisher.join();
        CHECK(ended == 8);
        for (auto& stream : streams) {
            int last = 0;
            while (const auto e = stream.next_or_end()) {
                last = e->type == "message" ? std::stoi(e->data) : last;
            }
            CHECK(last <= newest);
        }
    }

    TEST_CASE("revoke · says what is wrong with a request")
    {
        server_process server(with_keys());
        struct row {
            const char* name;
            std::string body;
            const char* names;
        };
        const std::vector<row> rows{
            {"nothing", "{}", "neither a 'subject' nor"},
            {"both", R"({"subject":"a","token_id":"b"})", "or both"},
            {"another field", R"({"subject":"a","colour":"b"})", "'colour'"},
            {"an empty one", R"({"subject":""})", "'subject'"},
            {"a number", R"({"token_id":7})", "'token_id'"},
            {"no object", "[]", "no JSON object"},
            {"no JSON", "x", "no JSON object"},
            {"twice", R"({"subject":"a","subject":"b"})", "twice"},
        };
        for_each_row(rows, [&](const row& r) { check_problem(revoke(server, r.body), 400, r.names); });
        const auto with = [&](const header_fields& headers, const std::string& target = "/revoke") {
            return request(server.port(), {.method = "POST", .target = target, .headers = headers, .body = "{}"});
        };
        check_problem(with(as_publisher()), 415, "JSON");
        check_problem(with({}), 401, "needs a token");
        check_problem(with(bearing(minted(may_publish({"a"})))), 403, "every topic");
        auto headers = as_publisher();
        headers.add("Content-Type", json);
        check_problem(with(headers, "/revoke?subject=a"), 400, "'subject'");
    }

    TEST_CASE("reload · other keys are taken, at once for tokens that were good; none are taken away")
    {
        const temporary_directory directory;
        const auto path = directory.write("key", key_file_text("secret"));
        const auto set = directory.write("jwks", R"({"keys":[{"kty":"EC","crv":"P-256K","kid":"k1"}]})");
        const auto toml = directory.write(
            "s.toml", fmt::format("jwt_key_file = [\"{}\"]\njwks_file = [\"{}\"]\nthreads = 2\n", path, set));
        server_process server({"--config", toml});
        server.wait_for_log("key left out");
        const auto reload = [&](std::string_view expected) {
            const auto before = server.log_count(expected);
            server.terminate(SIGHUP);
            server.wait_for_log(expected, {}, before + 1);
        };
        const auto statuses = [&](const std::string& key) {
            std::set<int> all;
            for (int i = 0; i != 4; ++i) { // on both threads
                all.insert(status_with(server, bearing(minted(may_subscribe({}), key))));
            }
            return all;
        };
        CHECK(statuses("secret") == std::set{200});
        CHECK(statuses("p256.private.pem") == std::set{401});
        static_cast<void>(directory.write("key", key_file_text("p256.public.pem")));
        reload("changed=\"jwt_key_file\"");
        CHECK(statuses("secret") == std::set{401});
        CHECK(statuses("p256.private.pem") == std::set{200});
        static_cast<void>(directory.write("key", "short"));
        reload("options not reloaded");
        CHECK(statuses("p256.private.pem") == std::set{200});
        static_cast<void>(directory.write("s.toml", "threads = 2\n"));
        reload("stay in force");
        CHECK(statuses("p256.private.pem") == std::set{200});
        CHECK(status_with(server, {}) == 401);
    }

    TEST_CASE("sessions · with grant=true the list tells what each may have, and until when")
    {
        server_process server(with_keys());
        auto some = may_subscribe({"a"});
        some.grant.dialect = jwt::dialect::v1;
        some.grant.subscribe.push_back({.kind = jwt::matcher_kind::url_pattern, .text = "/x/:y"});
        some.grant.expires = in_seconds(3600);
        event_stream stream(server.port(), {.headers = bearing(minted(some))});
        stream.connected();
        auto by_template = may_subscribe({}, "bob");
        by_template.grant.subscribe.push_back({.kind = jwt::matcher_kind::uri_template, .text = "/{id}"});
        event_stream other(server.port(), {.headers = bearing(minted(by_template))});
        other.connected();
        event_stream all(server.port(), {.headers = bearing(minted(may_subscribe({"*"}, "carol")))});
        all.connected();
        const auto ask = [&](const std::string& query) {
            const auto operators = bearing(minted(may_publish({"*"})));
            return request(server.port(), {.target = "/sessions?" + query, .headers = operators});
        };
        const auto grant_of = [&](const std::string& subject) {
            return ask("grant=true&subject=" + subject).json().at("sessions").at(0).at("grant").as_object();
        };
        CHECK(boost::json::serialize(grant_of("alice").at("topics")) == R"(["a","pattern:/x/:y"])");
        CHECK(text(grant_of("alice").at("expires")).starts_with("20"));
        CHECK(boost::json::serialize(grant_of("bob").at("topics")) == R"(["/{id}","template:/{id}"])");
        CHECK(boost::json::serialize(grant_of("carol")) == R"({"topics":["*"],"expires":null})");
        CHECK_FALSE(ask("").json().at("sessions").at(0).as_object().contains("grant"));
        CHECK_FALSE(ask("grant=false").json().at("sessions").at(0).as_object().contains("grant"));
        check_problem(ask("grant=yes"), 400, "grant");
    }
}
