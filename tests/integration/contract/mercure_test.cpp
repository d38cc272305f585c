// The Mercure protocol: subscribing and publishing by either dialect, cursors, rights and errors.
#include "minted.hpp"
#include "refused_start.hpp"

#include <chrono>
#include <csignal>
#include <deque>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

const std::string hub_path = "/.well-known/mercure";
const std::string metadata_path = "/.well-known/oauth-protected-resource/.well-known/mercure";

using form_values = std::vector<std::pair<std::string, std::string>>;

std::string to_form(const form_values& all)
{
    std::string text;
    for (const auto& [name, value] : all) {
        text += fmt::format("{}{}={}", text.empty() ? "" : "&", percent_encode(name), percent_encode(value));
    }
    return text;
}

/// A server with the hub_path, where everybody may subscribe and publish.
std::vector<std::string> open_hub(std::vector<std::string> more = {})
{
    more.emplace_back("--mercure");
    return more;
}

stream_options subscription(const form_values& query, header_fields headers = {},
                            std::optional<std::string> last_id = {})
{
    return {
        .last_event_id = std::move(last_id), .query = to_form(query), .headers = std::move(headers), .path = hub_path};
}

http_response publish_update(const server_process& server, const form_values& update, header_fields headers = {})
{
    headers.add("Content-Type", form);
    return request(server.port(),
                   {.method = "POST", .target = hub_path, .headers = std::move(headers), .body = to_form(update)});
}

/// Publishes an update, which is taken, and returns its id.
std::string publish_for_id(const server_process& server, const form_values& update, header_fields headers = {})
{
    auto answer = publish_update(server, update, std::move(headers));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    return std::move(answer.body);
}

/// What comes of these updates, each on its topic with the topic as its data; the last one comes in any case.
std::vector<std::string> what_arrives(const server_process& server, event_stream& stream,
                                      const std::vector<std::string>& topics, const header_fields& headers = {})
{
    for (const auto& topic : topics) {
        publish_for_id(server, {{"topic", topic}, {"data", topic}}, headers);
    }
    std::vector<std::string> data;
    do {
        data.push_back(stream.next().data);
    } while (data.back() != topics.back());
    data.pop_back();
    return data;
}

struct mercure_selector_row {
    const char* name;
    form_values query;
    std::vector<std::string> published;
    std::vector<std::string> comes;
};

const std::vector<mercure_selector_row> selector_rows{
    {"0.x, a topic", {{"topic", "a"}}, {"A", "b"}, {}},
    {"0.x, several topics", {{"topic", "a"}, {"topic", "b"}}, {"b", "c", "a"}, {"b", "a"}},
    {"0.x, every topic", {{"topic", "*"}}, {"b", "https://x.example/c"}, {"b", "https://x.example/c"}},
    {"0.x, a template",
     {{"topic", "https://x.example/books/{id}"}},
     {"https://x.example/books/7", "https://x.example/books/7/8", "https://x.example/books/{id}"},
     {"https://x.example/books/7", "https://x.example/books/{id}"}},
    {"0.x, a template and a topic",
     {{"topic", "/users{/id}"}, {"topic", "b"}},
     {"/users/9", "/users", "/user", "b"},
     {"/users/9", "/users", "b"}},
    {"0.x, what only looks like a template", {{"topic", "/a/{b"}}, {"/a/7", "/a/{b"}, {"/a/{b"}},
    {"0.x, no URL Pattern", {{"topic", "/chat/:room"}}, {"/chat/7", "/chat/:room"}, {"/chat/:room"}},
    {"1.0, a topic", {{"match", "a"}}, {"A", "b"}, {}},
    {"1.0, by its full name", {{"match_exact", "b"}}, {"a", "b"}, {"b"}},
    {"1.0, no template", {{"match", "/a/{b}"}}, {"/a/7", "/a/{b}"}, {"/a/{b}"}},
    {"1.0, every topic", {{"match", "*"}}, {"b", "/c"}, {"b", "/c"}},
    {"1.0, every topic by a pattern", {{"match_urlpattern", "*"}}, {"b", "urn:x"}, {"b", "urn:x"}},
    {"1.0, a pattern",
     {{"match_urlpattern", "https://x.example/books/:id"}},
     {"https://x.example/books/7", "https://x.example/books/7/8"},
     {"https://x.example/books/7"}},
    {"1.0, a relative pattern", {{"match_urlpattern", "/chat/:room"}}, {"/chat/7", "/chats/7"}, {"/chat/7"}},
    {"1.0, a pattern and a topic",
     {{"match_urlpattern", "/chat/:room"}, {"match", "b"}},
     {"/chat/7", "a", "b"},
     {"/chat/7", "b"}},
    {"other parameters are ignored",
     {{"topic", "b"}, {"types", "x"}, {"session", "x"}, {"topic_pattern", "("}, {"since", "earliest"}},
     {"b", "a"},
     {"b"}},
};

struct unfit_subscription {
    const char* name;
    form_values query;
    const char* names;
    std::string accept = "text/event-stream";
    int status = 400;
};

const std::vector<unfit_subscription> unfit_subscriptions{
    {"no selector", {}, "names no topic"},
    {"only other parameters", {{"types", "a"}, {"topic_pattern", "/a"}}, "names no topic"},
    {"both dialects", {{"topic", "a"}, {"match", "a"}}, "'topic' is of Mercure 0.x and 'match' of 1.0"},
    {"an unknown matcher", {{"match_uritemplate", "a"}}, "'match_uritemplate' is no matcher"},
    {"a matcher in another case", {{"Match", "a"}}, "'Match' is no matcher"},
    {"an unknown matcher beside a known one", {{"match", "a"}, {"matches", "a"}}, "'matches' is no matcher"},
    {"no pattern", {{"match_urlpattern", "/a(("}}, "'match_urlpattern'"},
    {"an empty topic", {{"topic", ""}}, "'topic' in the query is empty"},
    {"an empty matcher", {{"match", ""}}, "'match' in the query is empty"},
    {"a topic that is too long", {{"match", std::string(4097, 'a')}}, "longer than 4096"},
    {"too many", form_values(1001, {"topic", "a"}), "more than 1000"},
    {"a control character", {{"match", "a\xC2\x80"}}, "control or format character"},
    {"a format character", {{"match_urlpattern", "/a\xE2\x80\x8B"}}, "control or format character"},
    {"no event stream", {{"topic", "a"}}, "text/event-stream", "application/json", 406},
};

/// Templates that take so long to match that the next one is one too many.
form_values costly_templates()
{
    form_values all;
    for (int i = 0; i < 80; ++i) {
        all.emplace_back("topic", fmt::format("/{}{{?a,b,c,d,e,f,g,h,i,j,k}}", i));
    }
    return all;
}

struct update_row {
    const char* name;
    form_values update;
    const char* names; ///< what the answer names; empty: it is taken
    int status = 400;
    /// By Mercure 0.x; 0: it is taken.
    int status_v0 = 400;
};

std::vector<update_row> update_rows()
{
    return {
        {"no topic", {{"data", "x"}}, "names no topic"},
        {"every topic", {{"topic", "*"}}, "'topic'"},
        {"an empty topic", {{"topic", ""}}, "'topic'"},
        {"a topic that is too long", {{"topic", std::string(1025, 'a')}}, "'topic'"},
        {"too many topics", form_values(101, {"topic", "a"}), "more than 100 topics", 413, 413},
        {"a control character in a topic", {{"topic", "a\n"}}, "'topic'"},
        {"a control character of C1 in a topic", {{"topic", "a\xC2\x85"}}, "control or format", 400, 0},
        {"a format character in a topic", {{"topic", "a\xE2\x80\x8E"}}, "control or format", 400, 0},
        {"the hub's own topic", {{"topic", hub_path}}, hub_path.c_str(), 400, 403},
        {"below it", {{"topic", hub_path + "/subscriptions/a/b"}}, hub_path.c_str(), 400, 403},
        {"below it, on any host", {{"topic", "https://x.example" + hub_path + "/a"}}, hub_path.c_str(), 400, 403},
        {"encoded", {{"topic", "/.well-known/%6Dercure/a"}}, hub_path.c_str(), 400, 403},
        {"by way of another", {{"topic", "/a/../.well-known/b/../mercure"}}, hub_path.c_str(), 400, 403},
        {"with backslashes", {{"topic", "\\.well-known\\mercure\\a"}}, hub_path.c_str(), 400, 403},
        {"relative to it", {{"topic", "mercure/subscriptions"}}, hub_path.c_str(), 400, 403},
        {"as an alternate topic", {{"topic", "a"}, {"topic", hub_path}}, hub_path.c_str(), 400, 403},
        {"beside it", {{"topic", "/.well-known/mercurex"}}, ""},
        {"above it", {{"topic", "/.well-known/"}}, ""},
        {"an opaque path", {{"topic", "urn:.well-known/mercure"}}, ""},
        {"an id of the hub's own", {{"topic", "a"}, {"id", "#7"}}, "'id' in the body begins with '#'", 400, 0},
        {"the id for the beginning", {{"topic", "a"}, {"id", "earliest"}}, "id"},
        {"an id like sluice's", {{"topic", "a"}, {"id", "1-2"}}, "id"},
        {"a control character in an id", {{"topic", "a"}, {"id", "a\nb"}}, "id"},
        {"a format character in an id", {{"topic", "a"}, {"id", "a\xEF\xBB\xBF"}}, "'id' in the body", 400, 0},
        {"an id that is too long", {{"topic", "a"}, {"id", std::string(257, 'i')}}, "id"},
        {"the type of the hub's own", {{"topic", "a"}, {"type", "mercure"}}, "'mercure'", 400, 0},
        {"a control event's type", {{"topic", "a"}, {"type", "connected"}}, "type"},
        {"a line end in a type", {{"topic", "a"}, {"type", "a\nevent: b"}}, "type"},
        {"a retry that is no number", {{"topic", "a"}, {"retry", "1s"}}, "'retry'"},
        {"a negative retry", {{"topic", "a"}, {"retry", "-1"}}, "'retry'"},
        {"a field given twice", {{"topic", "a"}, {"data", "x"}, {"data", "y"}}, "'data', which is given already"},
        {"too much data", {{"topic", "a"}, {"data", std::string(1001, 'x')}}, "too large", 413, 413},
        {"all form_values",
         {{"topic", "a"},
          {"topic", "b"},
          {"data", "x"},
          {"private", ""},
          {"id", "urn:x"},
          {"type", "t"},
          {"retry", "5000"},
          {"other", "x"}},
         ""},
        {"empty form_values", {{"topic", "a"}, {"id", ""}, {"type", ""}, {"retry", ""}}, ""},
        {"a long retry", {{"topic", "a"}, {"retry", std::string(40, '9')}}, ""},
    };
}

jwt::minted_claims as_v1(jwt::minted_claims claims)
{
    claims.grant.dialect = jwt::dialect::v1;
    return claims;
}

const jwt::matcher book_template{.kind = jwt::matcher_kind::uri_template, .text = "/books/{id}"};
const jwt::matcher book_pattern{.kind = jwt::matcher_kind::url_pattern, .text = "/books/:id"};

struct dialect_row {
    const char* name;
    const char* selector;
    const char* cursor_field;
};

const std::vector<dialect_row> dialects{{"0.x", "topic", "Last-Event-ID"}, {"1.0", "match", "Mercure-Last-Event-ID"}};

/// Publishes so many updates on the topic, with the numbers from 1 as data, and returns their ids.
std::vector<std::string> publish_numbers(const server_process& server, const std::string& topic, int count)
{
    std::vector<std::string> ids;
    for (int i = 1; i <= count; ++i) {
        ids.push_back(publish_for_id(server, {{"topic", topic}, {"data", fmt::to_string(i)}}));
    }
    return ids;
}

/// The data of what the stream has before an update that is published now.
std::vector<std::string> data_so_far(const server_process& server, event_stream& stream, const std::string& topic = "a")
{
    std::vector<std::string> data;
    const auto publish_marker = [&](const std::string& marker) {
        publish_for_id(server, {{"topic", topic}, {"data", marker}});
    };
    for (const auto& event : stream.barrier(publish_marker)) {
        data.push_back(event.data);
    }
    return data;
}

using data_list = std::vector<std::string>;

} // namespace

TEST_SUITE("contract/mercure")
{
    TEST_CASE("subscribing · the selectors of either dialect")
    {
        server_process server(open_hub());
        for_each_row(selector_rows, [&](const mercure_selector_row& row) {
            event_stream stream(server.port(), subscription(row.query));
            auto topics = row.published;
            const bool is_v1 = row.query.front().first != "topic";
            // What ends the row comes by each selector's own stream.
            event_stream all(server.port(), subscription({{is_v1 ? "match" : "topic", "*"}}));
            for (const auto& topic : topics) {
                publish_for_id(server, {{"topic", topic}, {"data", topic}});
            }
            broadcast(server.port(), "the end");
            data_list data;
            for (auto e = stream.next(); e.data != "the end"; e = stream.next()) {
                data.push_back(e.data);
            }
            CHECK(data == row.comes);
            for (const auto& topic : topics) {
                CHECK(all.next().data == topic);
            }
        });
    }

    TEST_CASE("subscribing · a request that is not what it should be is refused, and says why")
    {
        server_process server(open_hub());
        for_each_row(unfit_subscriptions, [&](const unfit_subscription& row) {
            auto wanted = subscription(row.query);
            wanted.accept = row.accept;
            check_problem(event_stream::refused(server.port(), wanted), row.status, row.names);
        });
    }

    TEST_CASE("subscribing · templates that take too long to match together are refused")
    {
        server_process server(open_hub());
        http_connection connection(server.port());
        const auto answer = connection.request({.method = "QUERY",
                                                .target = hub_path,
                                                .headers = {{"Content-Type", form}},
                                                .body = to_form(costly_templates())});
        check_problem(answer, 400, "too long to match");
    }

    TEST_CASE("subscribing · by QUERY with a form, whose union with the query counts")
    {
        server_process server(open_hub());
        const auto before = publish_for_id(server, {{"topic", "b"}, {"data", "before"}});
        publish_for_id(server, {{"topic", "b"}, {"data", "first"}});
        event_stream stream(
            server.port(),
            {.query = to_form({{"match", "a"}}),
             .headers = {{"Content-Type", form}},
             .path = hub_path,
             .method = "QUERY",
             .body = to_form({{"match_urlpattern", "/chat/:room"}, {"match", "b"}, {"last_event_id", before}})});
        CHECK(stream.response().headers.get("Mercure-Last-Event-ID") == before);
        CHECK(stream.next().data == "first");
        CHECK(what_arrives(server, stream, {"a", "c", "/chat/1", "b"}) == data_list{"a", "/chat/1"});
    }

    TEST_CASE("subscribing · HEAD says what GET would answer, and POST never begins a stream")
    {
        server_process server(open_hub());
        http_connection connection(server.port());
        connection.send({.method = "HEAD", .target = hub_path + "?topic=a"});
        const auto head = connection.read_response({}, true);
        CHECK(head.status == 200);
        CHECK(head.headers.get("Content-Type") == "text/event-stream");
        const auto posted = connection.request({.method = "POST",
                                                .target = hub_path + "?topic=a",
                                                .headers = {{"Accept", "text/event-stream"}, {"Content-Type", form}},
                                                .body = ""});
        check_problem(posted, 400, "names no topic");
        const auto other = connection.request({.method = "DELETE", .target = hub_path});
        CHECK(other.status == 405);
        CHECK(list_elements(other.headers.get("Allow")) ==
              std::set<std::string>{"GET", "HEAD", "QUERY", "POST", "OPTIONS"});
    }

    TEST_CASE("the stream · has events alone, no session and no cookie, and its end is silent")
    {
        server_process server(open_hub());
        event_stream stream(server.port(), subscription({{"topic", "a"}}));
        CHECK(stream.response().headers.get("Content-Type") == "text/event-stream");
        CHECK_FALSE(stream.response().headers.has("Set-Cookie"));
        CHECK_FALSE(stream.response().headers.has("X-SSE-Session-ID"));
        CHECK_FALSE(stream.response().headers.has("Last-Event-ID"));
        const auto id = publish_for_id(server, {{"topic", "a"}, {"data", "x\ny"}, {"type", "t"}});
        // A comment line begins the body at once.
        CHECK(stream.next().raw == fmt::format(":\nid: {}\nevent: t\ndata: x\ndata: y\n\n", id));
        server.terminate();
        CHECK(stream.wait_end() == stream_end::last_chunk);
        CHECK_FALSE(stream.try_next());
        // A line that is no block, so that clients do not all come back at once.
        CHECK(stream.unfinished().substr(0, 7) == "retry: ");
        CHECK(line_count(stream.unfinished()) == 1);
        CHECK(server.wait_exit() == exit_status{.code = 0, .signal = 0});
    }

    TEST_CASE("the stream · ends a session with its connection, and no claim or cookie finds one")
    {
        server_process server(open_hub());
        event_stream native(server.port());
        native.connected();
        auto claiming = subscription({{"topic", "a"}});
        claiming.session = native.session_id();
        claiming.session_header = native.session_id();
        claiming.session_cookie = native.session_id();
        event_stream stream(server.port(), claiming);
        wait_stat(server.port(), "total_sessions", 2);
        publish_for_id(server, {{"topic", "a"}, {"data", "for both"}});
        CHECK(stream.next().data == "for both");
        CHECK(native.next_of_type("message").data == "for both");
        stream.close();
        wait_stat(server.port(), "total_sessions", 1);
    }

    TEST_CASE("the stream · is kept alive by comments, whatever the style of heartbeats")
    {
        server_process server(open_hub({"--heartbeat-interval", "50ms"}));
        event_stream stream(server.port(), subscription({{"topic", "a"}}));
        for (const deadline until; stream.unfinished().size() < 6;) {
            REQUIRE(stream.read_some(until));
        }
        CHECK(stream.unfinished().substr(0, 6) == ":\n:\n:\n");
        publish_for_id(server, {{"topic", "a"}, {"data", "x"}});
        CHECK(stream.next().data == "x");
    }

    TEST_CASE("the stream · that is refused for a passing reason has a retry line alone")
    {
        server_process server(open_hub({"--max-connections", "1"}));
        event_stream first(server.port(), subscription({{"topic", "a"}}));
        auto wanted = subscription({{"topic", "a"}});
        wanted.accept = "text/event-stream";
        event_stream second(server.port(), wanted);
        second.wait_end();
        CHECK_FALSE(second.try_next());
        CHECK(second.unfinished().substr(0, 7) == "retry: ");
        wanted.accept = "*/*";
        check_problem(event_stream::refused(server.port(), wanted), 503, "");
    }

    TEST_CASE("the stream · just ends with its topic, and who comes back gets 204")
    {
        server_process server(open_hub());
        for_each_row(dialects, [&](const dialect_row& row) {
            const std::string topic = fmt::format("closed by {}", row.name);
            event_stream stream(server.port(), subscription({{row.selector, topic}}));
            const auto answer = post_json(server.port(), "/publish", {{"topic", topic}, {"data", "x"}, {"last", true}});
            REQUIRE(answer.status == 200);
            CHECK(stream.next().data == "x");
            CHECK(stream.wait_end() == stream_end::last_chunk);
            CHECK_FALSE(stream.try_next());
            CHECK(stream.unfinished().empty());
            const auto again = subscription({{row.selector, topic}}, {}, stream.last_event_id());
            CHECK(event_stream::refused(server.port(), again).status == 204);
            event_stream late(server.port(), subscription({{row.selector, topic}}));
            CHECK(late.next().data == "x");
            CHECK(late.wait_end() == stream_end::last_chunk);
            check_problem(publish_update(server, {{"topic", topic}}), 409,
                          fmt::format("the topic '{}' is closed", topic));
        });
    }

    TEST_CASE("cursors · a last id replays all that is behind it, and the answer says that it was found")
    {
        server_process server(open_hub({"--buffer-size", "3"}));
        for_each_row(dialects, [&](const dialect_row& row) {
            const std::string topic = fmt::format("{} topic", row.name);
            const auto ids = publish_numbers(server, topic, 9);
            event_stream stream(server.port(), subscription({{row.selector, topic}}, {}, ids[3]));
            CHECK(stream.response().headers.get(row.cursor_field) == ids[3]);
            CHECK_FALSE(stream.response().headers.has(row.selector == std::string("match") ? "Last-Event-ID"
                                                                                           : "Mercure-Last-Event-ID"));
            const auto first = stream.next();
            CHECK(first.data == "5");
            CHECK(first.id == ids[4]);
            CHECK(data_so_far(server, stream, topic) == data_list{"6", "7", "8", "9"});
            event_stream level(server.port(), subscription({{row.selector, topic}}, {}, stream.last_event_id()));
            CHECK(level.response().headers.get(row.cursor_field) == stream.last_event_id());
            CHECK(data_so_far(server, level, topic).empty());
        });
    }

    TEST_CASE("cursors · an id that is not known replays nothing, and the answer says so")
    {
        server_process server(open_hub());
        publish_numbers(server, "a", 3);
        for_each_row(dialects, [&](const dialect_row& row) {
            for (const auto* const unknown : {"urn:unknown", "7-1", "99999999999999-1", " "}) {
                event_stream stream(server.port(),
                                    subscription({{row.selector, "a"}, {"lastEventID", unknown}}, {}, {}));
                CHECK(stream.response().headers.get(row.cursor_field) == "earliest");
                CHECK(data_so_far(server, stream).empty());
            }
        });
    }

    TEST_CASE("cursors · an id whose events have left the log in part replays the rest, and the answer says so")
    {
        server_process server(open_hub({"--buffer-size", "4", "--log-events", "4"}));
        const auto ids = publish_numbers(server, "a", 9);
        event_stream stream(server.port(), subscription({{"match", "a"}}, {}, ids[0]));
        CHECK(stream.response().headers.get("Mercure-Last-Event-ID") == "earliest");
        const auto held = data_so_far(server, stream);
        REQUIRE_FALSE(held.empty());
        CHECK(held.back() == "9");
        CHECK(held.size() < 8);
    }

    TEST_CASE("cursors · earliest replays all that the log holds of the topics")
    {
        server_process server(open_hub({"--buffer-size", "2"}));
        publish_numbers(server, "b", 1);
        publish_numbers(server, "a", 5);
        broadcast(server.port(), "without a topic");
        for_each_row(dialects, [&](const dialect_row& row) {
            event_stream stream(server.port(), subscription({{row.selector, "a"}}, {}, "earliest"));
            CHECK(stream.response().headers.get(row.cursor_field) == "earliest");
            for (int i = 1; i <= 5; ++i) {
                CHECK(stream.next().data == fmt::to_string(i));
            }
        });
    }

    TEST_CASE("cursors · a publisher's own id is one, and one that was given twice means the first")
    {
        server_process server(open_hub());
        publish_for_id(server, {{"topic", "a"}, {"data", "1"}, {"id", "urn:a"}});
        publish_for_id(server, {{"topic", "a"}, {"data", "2"}, {"id", "urn:b"}});
        publish_for_id(server, {{"topic", "a"}, {"data", "3"}, {"id", "urn:a"}});
        event_stream stream(server.port(), subscription({{"match", "a"}}, {}, "urn:a"));
        CHECK(stream.response().headers.get("Mercure-Last-Event-ID") == "urn:a");
        CHECK(data_so_far(server, stream) == data_list{"2", "3"});
    }

    TEST_CASE("cursors · the header wins over the query, where each dialect has its names")
    {
        server_process server(open_hub());
        const auto ids = publish_numbers(server, "a", 3);
        const auto cursor = [&](const form_values& query, std::optional<std::string> header = {}) {
            event_stream stream(server.port(), subscription(query, {}, std::move(header)));
            const auto& answered = stream.response().headers;
            return answered.get("Last-Event-ID") + answered.get("Mercure-Last-Event-ID");
        };
        CHECK(cursor({{"topic", "a"}, {"lastEventID", ids[0]}}) == ids[0]);
        CHECK(cursor({{"topic", "a"}, {"Last-Event-ID", ids[0]}}) == ids[0]);
        CHECK(cursor({{"topic", "a"}, {"last_event_id", ids[0]}}).empty());
        CHECK(cursor({{"topic", "a"}, {"lastEventID", ""}}).empty());
        CHECK(cursor({{"match", "a"}, {"lastEventID", ids[0]}}) == ids[0]);
        CHECK(cursor({{"match", "a"}, {"Last-Event-ID", ids[0]}}) == ids[0]);
        CHECK(cursor({{"match", "a"}, {"last_event_id", ids[0]}}) == ids[0]);
        CHECK(cursor({{"match", "a"}, {"last_event_id", ids[0]}}, ids[1]) == ids[1]);
        CHECK(cursor({{"topic", "a"}, {"lastEventID", ids[0]}}, "earliest") == "earliest");
    }

    TEST_CASE("rights · a private update reaches those whose token covers one of its topics, replays included")
    {
        server_process server(with_keys());
        auto by_template = may_subscribe({});
        by_template.grant.subscribe.push_back(book_template);
        auto by_pattern = as_v1(may_subscribe({}));
        by_pattern.grant.subscribe.push_back(book_pattern);
        const auto none = minted(may_subscribe({}));
        const auto first = publish_for_id(server, {{"topic", "x"}, {"data", "before"}}, as_publisher());
        const auto publish_all = [&] {
            for (const auto* const topic : {"/books/1", "/films/1"}) {
                publish_for_id(server, {{"topic", "x"}, {"topic", topic}, {"data", topic}, {"private", ""}},
                               as_publisher());
            }
            publish_for_id(server, {{"topic", "x"}, {"data", "public"}}, as_publisher());
        };
        std::deque<event_stream> streams;
        std::vector<data_list> wanted;
        const auto open = [&](const char* selector, const std::string& token, data_list comes,
                              std::optional<std::string> last_id) {
            streams.emplace_back(server.port(), subscription({{selector, "*"}}, bearing(token), std::move(last_id)));
            comes.emplace_back("public");
            wanted.push_back(std::move(comes));
        };
        const auto open_all = [&](const std::optional<std::string>& last_id) {
            open("topic", minted(by_template), {"/books/1"}, last_id);
            open("match", minted(by_pattern), {"/books/1"}, last_id);
            open("topic", minted(may_subscribe({"/films/1"})), {"/films/1"}, last_id);
            open("match", minted(as_v1(may_subscribe({"*"}))), {"/books/1", "/films/1"}, last_id);
            open("topic", none, {}, last_id);
        };
        open_all({});
        publish_all();
        open_all(first);
        for (std::size_t i = 0; i != streams.size(); ++i) {
            INFO("stream " << i);
            for (const auto& data : wanted[i]) {
                CHECK(streams[i].next().data == data);
            }
        }
    }

    TEST_CASE("rights · a selector never widens the grant")
    {
        server_process server(with_keys());
        event_stream stream(server.port(),
                            subscription({{"topic", "b"}, {"topic", "a"}}, bearing(minted(may_subscribe({"a"})))));
        for (const auto* const topic : {"b", "c", "a"}) {
            publish_for_id(server, {{"topic", topic}, {"data", topic}, {"private", "on"}}, as_publisher());
        }
        CHECK(stream.next().data == "a");
    }

    TEST_CASE("rights · without a token, or with one that fails, the answer says which document helps")
    {
        server_process server(with_keys({"--public-url", "https://hub.example/app/"}));
        const std::string document = R"(resource_metadata="https://hub.example)" + metadata_path + '"';
        const auto none = event_stream::refused(server.port(), subscription({{"topic", "a"}}));
        check_problem(none, 401, "a stream needs a token");
        CHECK(none.headers.get("WWW-Authenticate") == "Bearer " + document);
        const auto bad = publish_update(server, {{"topic", "a"}}, bearing("x"));
        check_problem(bad, 401, "not a JWT");
        const auto challenge = bad.headers.get("WWW-Authenticate");
        CHECK(challenge.find("Bearer error=\"invalid_token\", error_description=\"") == 0);
        CHECK(challenge.find(", " + document) != std::string::npos);
        const auto short_of = publish_update(server, {{"topic", "b"}}, bearing(minted(may_publish({"a"}))));
        check_problem(short_of, 403, "'b'");
        CHECK(short_of.headers.get("WWW-Authenticate").find("Bearer error=\"insufficient_scope\"") == 0);
    }

    TEST_CASE("rights · publishing needs a grant on every topic, by templates in 0.x and patterns in 1.0")
    {
        server_process server(with_keys());
        auto by_template = may_publish({});
        by_template.grant.publish.push_back(book_template);
        auto by_pattern = as_v1(may_publish({"a"}));
        by_pattern.grant.publish.push_back(book_pattern);
        for (const auto& claims : {by_template, by_pattern}) {
            const auto headers = bearing(minted(claims));
            CHECK(publish_update(server, {{"topic", "/books/1"}}, headers).status == 200);
            check_problem(publish_update(server, {{"topic", "/books/1"}, {"topic", "/b"}}, headers), 403, "'/b'");
        }
    }

    TEST_CASE("rights · an anonymous subscriber gets what is public, and a stream ends when its token does")
    {
        server_process server(with_keys({"--anonymous"}));
        event_stream nobody(server.port(), subscription({{"topic", "a"}}));
        auto claims = may_subscribe({"a"});
        claims.grant.expires = in_seconds(2);
        event_stream somebody(server.port(), subscription({{"topic", "a"}}, bearing(minted(claims))));
        publish_for_id(server, {{"topic", "a"}, {"data", "private"}, {"private", "on"}}, as_publisher());
        publish_for_id(server, {{"topic", "a"}, {"data", "public"}}, as_publisher());
        CHECK(nobody.next().data == "public");
        CHECK(somebody.next().data == "private");
        CHECK(somebody.next().data == "public");
        CHECK(somebody.wait_end() == stream_end::last_chunk);
        CHECK_FALSE(somebody.try_next());
        CHECK(somebody.unfinished().empty());
    }

    TEST_CASE("rights · static tokens count without a key, by 1.0's rules")
    {
        server_process server(open_hub({"--publish-token", "p", "--subscribe-token", "s"}));
        event_stream stream(server.port(), subscription({{"topic", "a"}}, bearing("s")));
        CHECK(publish_update(server, {{"topic", "a"}}).status == 401);
        publish_for_id(server, {{"topic", "a"}, {"data", "x"}, {"private", "1"}}, bearing("p"));
        CHECK(stream.next().data == "x");
        CHECK(publish_update(server, {{"topic", "a"}, {"type", "mercure"}}, bearing("p")).status == 400);
    }

    TEST_CASE("publishing · the rules for fields, by the dialect of the token")
    {
        server_process server(with_keys({"--max-event-bytes", "1000"}));
        const auto v0 = as_publisher();
        const auto v1 = bearing(minted(as_v1(may_publish({"*"}))));
        for_each_row(update_rows(), [&](const update_row& row) {
            const bool is_good = std::string_view(row.names).empty();
            const auto by_v1 = publish_update(server, row.update, v1);
            if (is_good) {
                CHECK(by_v1.status == 200);
            } else {
                check_problem(by_v1, row.status, row.names);
            }
            CHECK(publish_update(server, row.update, v0).status ==
                  (is_good || row.status_v0 == 0 ? 200 : row.status_v0));
        });
    }

    TEST_CASE("publishing · answers with the id as text, and an id that was given stays")
    {
        server_process server(open_hub());
        const auto answer = publish_update(server, {{"topic", "a"}});
        CHECK(answer.status == 200);
        CHECK(answer.headers.get("Content-Type") == "text/plain; charset=utf-8");
        CHECK(is_position(answer.body));
        CHECK(publish_for_id(server, {{"topic", "a"}, {"id", "urn:uuid:5"}}) == "urn:uuid:5");
        const auto as_json = post(server.port(), hub_path, json, R"({"topic":"a"})");
        check_problem(as_json, 415, "application/x-www-form-urlencoded");
        check_problem(post(server.port(), hub_path, form, "topic=%zz"), 400, "body");
    }

    TEST_CASE("publishing · a retry goes out with the event on every stream, replays included, and no other")
    {
        server_process server(open_hub());
        event_stream native(server.port());
        native.connected();
        event_stream stream(server.port(), subscription({{"topic", "a"}}));
        const auto id = publish_for_id(server, {{"topic", "a"}, {"data", "x"}, {"type", "t"}, {"retry", "0070"}});
        publish_for_id(server, {{"topic", "a"}, {"data", "y"}});
        const auto wire = fmt::format("id: {}\nevent: t\nretry: 70\ndata: x\n\n", id);
        CHECK(stream.next().raw == ":\n" + wire);
        const auto live = native.next_of_type("t");
        CHECK(live.raw == wire);
        CHECK(live.retry == 70);
        CHECK_FALSE(native.next_of_type("message").retry);
        event_stream replayed(server.port(), subscription({{"match", "a"}}, {}, "earliest"));
        const auto again = replayed.next();
        CHECK(again.comments.size() == 2);
        CHECK(again.raw.ends_with("\n" + wire));
        const auto history = get(server.port(), "/history?topic=a").json().at("events").as_array();
        CHECK(history.at(0).at("data").as_string() == "x");
        CHECK(history.at(0).at("type").as_string() == "t");
    }

    TEST_CASE("publishing · an update is an event like any other, in both directions")
    {
        server_process server(open_hub());
        event_stream native(server.port(), {.query = "topic_pattern=/books/:id"});
        native.connected();
        event_stream stream(server.port(), subscription({{"topic", "/books/{id}"}}));
        publish_for_id(server, {{"topic", "/books/1"}, {"data", "by Mercure"}});
        post_json(server.port(), "/publish", {{"topic", "/books/2"}, {"data", "by publish"}});
        for (const auto* const data : {"by Mercure", "by publish"}) {
            CHECK(native.next_of_type("message").data == data);
            CHECK(stream.next().data == data);
        }
    }

    TEST_CASE("publishing · a key keeps an update that is sent again from being published again")
    {
        server_process server(open_hub());
        const header_fields key{{"Idempotency-Key", "k"}};
        const auto first = publish_update(server, {{"topic", "a"}}, key);
        const auto second = publish_update(server, {{"topic", "a"}}, key);
        CHECK(second.body == first.body);
        CHECK(second.headers.get("Content-Type") == first.headers.get("Content-Type"));
        CHECK(second.headers.get("Idempotency-Replayed") == "true");
        CHECK(stat_of(server.port(), "events_published") == 1);
    }

    TEST_CASE("publishing · a foreign page may not, a listed one may")
    {
        server_process server(open_hub({"--cors-origin", listed}));
        CHECK(publish_update(server, {{"topic", "a"}}, {{"Origin", "https://evil.example"}}).status == 403);
        const auto answer = publish_update(server, {{"topic", "a"}}, {{"Origin", listed}});
        CHECK(answer.status == 200);
        CHECK(answer.headers.get("Access-Control-Allow-Origin") == listed);
        CHECK(answer.headers.get("Access-Control-Allow-Credentials") == "true");
    }

    TEST_CASE("cookies · of either dialect's name count for the server's own pages")
    {
        server_process server(with_keys());
        const auto token = minted(may_subscribe({"a"}));
        const auto own = fmt::format("http://127.0.0.1:{}", server.port());
        for (const auto* const name : {"mercureAuthorization", "__Secure-mercure_access_token"}) {
            const header_fields headers{{"Cookie", fmt::format("{}={}", name, token)}, {"Origin", own}};
            event_stream stream(server.port(), subscription({{"topic", "a"}}, headers));
            publish_for_id(server, {{"topic", "a"}, {"data", name}, {"private", "on"}}, as_publisher());
            CHECK(stream.next().data == name);
        }
        const auto publisher = minted(may_publish({"*"}));
        const header_fields cookie{{"Cookie", "mercureAuthorization=" + publisher}};
        CHECK(publish_update(server, {{"topic", "a"}}, cookie).status == 401);
        auto with_origin = cookie;
        with_origin.add("Origin", own);
        CHECK(publish_update(server, {{"topic", "a"}}, with_origin).status == 200);
    }

    TEST_CASE("CORS · a listed page reads the stream with credentials, and where it begins")
    {
        server_process server(open_hub({"--cors-origin", listed}));
        for_each_row(dialects, [&](const dialect_row& row) {
            event_stream stream(server.port(),
                                subscription({{row.selector, "a"}}, {{"Origin", listed}}, std::string("earliest")));
            const auto& headers = stream.response().headers;
            CHECK(headers.get("Access-Control-Allow-Origin") == listed);
            CHECK(headers.get("Access-Control-Allow-Credentials") == "true");
            std::string exposed;
            for (const auto& line : headers.all("Access-Control-Expose-Headers")) {
                exposed += line + ",";
            }
            CHECK(list_elements(exposed).contains(row.cursor_field));
        });
        server_process without(open_hub());
        for (const auto* const to : {&server, &without}) {
            const auto origin = to == &server ? std::string("https://evil.example") : listed;
            event_stream stream(to->port(), subscription({{"topic", "a"}}, {{"Origin", origin}}));
            CHECK_FALSE(stream.response().headers.has("Access-Control-Allow-Origin"));
            CHECK_FALSE(stream.response().headers.has("Access-Control-Expose-Headers"));
        }
        const auto preflight =
            request(server.port(), {.method = "OPTIONS",
                                    .target = hub_path,
                                    .headers = {{"Origin", listed},
                                                {"Access-Control-Request-Method", "POST"},
                                                {"Access-Control-Request-Headers", "authorization"}}});
        CHECK(preflight.status == 204);
        CHECK(list_elements(preflight.headers.get("Access-Control-Allow-Methods")).contains("QUERY"));
        CHECK(preflight.headers.get("Access-Control-Allow-Headers") == "authorization");
    }

    TEST_CASE("discovery · the document names the hub and what its tokens are")
    {
        server_process server(with_keys(
            {"--public-url", "https://hub.example/x", "--jwt-issuer", "https://accounts.example", "--anonymous"}));
        const auto answer = get(server.port(), metadata_path);
        CHECK(answer.status == 200);
        CHECK(answer.headers.get("Content-Type") == "application/json");
        CHECK(answer.json() == parse_json(R"({"resource":"https://hub.example/.well-known/mercure",
            "authorization_servers":["https://accounts.example"],"bearer_methods_supported":["header"],
            "authorization_details_types_supported":["https://mercure.rocks/authorization-detail"],
            "mercure_cookie":"__Secure-mercure_access_token",
            "mercure_matcher_types_supported":["exact","urlpattern"]})"));
    }

    TEST_CASE("options · the hub is there with a key or by --mercure, and --no-mercure takes it away")
    {
        const auto status = [](std::vector<std::string> arguments) {
            server_process server(std::move(arguments));
            const auto document = get(server.port(), metadata_path).status;
            const auto answer = request(server.port(), {.method = "OPTIONS", .target = hub_path}).status;
            CHECK(document == (answer == 404 ? 404 : 200));
            return answer;
        };
        CHECK(status({}) == 404);
        CHECK(status({"--mercure"}) == 204);
        CHECK(status(with_keys()) == 204);
        CHECK(status(with_keys({"--no-mercure"})) == 404);
        CHECK(status(with_keys({"--mercure=false"})) == 404);
        check_refused_start({.arguments = {"--mercure", "--no-mercure"}}, 2, {"--mercure", "--no-mercure"});
    }

    TEST_CASE("options · without publishing there is none here either")
    {
        server_process server(open_hub({"--no-publishing"}));
        CHECK(publish_update(server, {{"topic", "a"}}).status == 405);
        event_stream stream(server.port(), subscription({{"topic", "a"}}));
    }
}
