// GET, POST and DELETE /sessions.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <regex>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

struct page {
    std::vector<std::string> ids;
    std::optional<std::string> next;
};

page read_page(const server_process& server, const std::string& query)
{
    const auto response = get(server.port(), "/sessions" + query);
    if (response.status != 200) {
        fail("200 from GET /sessions", printable(response.body));
    }
    const auto body = response.json();
    CHECK(keys(body.as_object()) == std::set<std::string>{"sessions", "next"});
    page result;
    for (const auto& entry : body.at("sessions").as_array()) {
        result.ids.push_back(text(entry.at("id")));
    }
    if (!body.at("next").is_null()) {
        result.next = text(body.at("next"));
    }
    return result;
}

/// What an entry has.
const std::set<std::string> members{"id",       "handle", "active",       "created",   "lastSeen",      "reconnections",
                                    "buffered", "lag",    "address",      "userAgent", "clientVersion", "subject",
                                    "types",    "topics", "topicPatterns"};

bool is_utc_time(const boost::json::value& value)
{
    static const std::regex form(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00))");
    return std::regex_match(text(value), form);
}

} // namespace

TEST_SUITE("contract/sessions_route")
{
    TEST_CASE("list · empty, the last page has no next")
    {
        server_process server;
        const auto all = read_page(server, "");
        CHECK(all.ids.empty());
        CHECK_FALSE(all.next);
    }

    TEST_CASE("list · pages by id, every session once, whatever the number of threads")
    {
        for (const auto* threads : {"1", "3"}) {
            CAPTURE(threads);
            server_process server({"--threads", threads});
            std::vector<std::string> minted;
            for (int i = 0; i < 7; ++i) {
                minted.push_back(mint_session(server.port()));
            }
            std::sort(minted.begin(), minted.end());
            std::vector<std::string> listed;
            std::vector<std::size_t> sizes;
            auto next = std::optional<std::string>("");
            while (next && sizes.size() < 10) {
                const auto part = read_page(server, next->empty() ? "?limit=3" : "?limit=3&after=" + *next);
                sizes.push_back(part.ids.size());
                listed.insert(listed.end(), part.ids.begin(), part.ids.end());
                next = part.next;
            }
            CHECK(listed == minted);
            CHECK(sizes == std::vector<std::size_t>{3, 3, 1});
            CHECK_FALSE(read_page(server, "?limit=7").next);
            CHECK(read_page(server, "?after=" + minted[4]).ids == std::vector<std::string>{minted[5], minted[6]});
        }
    }

    TEST_CASE("list · a page has 100 unless the request says otherwise")
    {
        server_process server;
        for (int i = 0; i < 105; ++i) {
            mint_session(server.port());
        }
        const auto first = read_page(server, "");
        CHECK(first.ids.size() == 100);
        REQUIRE(first.next);
        CHECK(read_page(server, "?after=" + *first.next).ids.size() == 5);
    }

    TEST_CASE("list · a bad limit is a 400 that names it")
    {
        server_process server;
        for (const auto* limit : {"-1", "ten", "1.5", "", "99999999999999999999999"}) {
            CAPTURE(limit);
            check_problem(get(server.port(), std::string("/sessions?limit=") + limit), 400, "limit");
        }
    }

    TEST_CASE("list · narrowed to those that are connected, or not")
    {
        server_process server({"--threads", "2"});
        const auto minted = mint_session(server.port());
        event_stream stream(server.port());
        stream.connected();
        CHECK(read_page(server, "?active=true").ids == std::vector<std::string>{stream.session_id()});
        CHECK(read_page(server, "?active=false").ids == std::vector<std::string>{minted});
        CHECK(read_page(server, "").ids.size() == 2);
        for (const auto* bad : {"?active=", "?active=1", "?active=True"}) {
            CAPTURE(bad);
            check_problem(get(server.port(), std::string("/sessions") + bad), 400, "active");
        }
        check_problem(get(server.port(), "/sessions?active=true&active=true"), 400, "active");
        check_problem(get(server.port(), "/sessions?state=active"), 400, "state");
    }

    TEST_CASE("list · narrowed to a subject's, page by page")
    {
        server_process server({"--subscribe-token", "s", "--threads", "2"});
        std::deque<event_stream> streams;
        std::vector<std::string> ids;
        for (int i = 0; i < 3; ++i) {
            auto& stream = streams.emplace_back(server.port(), stream_options{.query = "access_token=s"});
            stream.connected();
            ids.push_back(stream.session_id());
        }
        std::sort(ids.begin(), ids.end());
        mint_session(server.port()); // of nobody yet
        const auto subject = text(session_entry(server.port(), ids.front()).at("subject"));
        REQUIRE_FALSE(subject.empty());
        const auto first = read_page(server, "?limit=2&subject=" + subject);
        CHECK(first.ids == std::vector<std::string>{ids[0], ids[1]});
        REQUIRE(first.next);
        const auto second = read_page(server, "?limit=2&subject=" + subject + "&after=" + *first.next);
        CHECK(second.ids == std::vector<std::string>{ids[2]});
        CHECK_FALSE(second.next);
        CHECK(read_page(server, "?subject=nobody").ids.empty());
        CHECK(read_page(server, "?subject=").ids.size() == 1);
        CHECK(read_page(server, "?active=false&subject=" + subject).ids.empty());
    }

    TEST_CASE("one · by its id or its handle, as the list has it")
    {
        server_process server({"--threads", "3", "--publish-token", "p"});
        std::deque<event_stream> streams;
        const header_fields bearer{{"Authorization", "Bearer p"}};
        const auto ask = [&](const std::string& name) {
            return request(server.port(), {.target = "/sessions/" + name, .headers = bearer});
        };
        for (int i = 0; i < 5; ++i) {
            const auto agent = fmt::format("agent/{}", i);
            auto& stream = streams.emplace_back(server.port(), stream_options{.user_agent = agent});
            const auto handle = text(stream.connected().at("handle"));
            for (const auto& name : {stream.session_id(), handle}) {
                const auto answer = ask(name);
                REQUIRE(answer.status == 200);
                const auto entry = answer.json().as_object();
                CHECK(keys(entry) == members);
                CHECK(text(entry.at("id")) == stream.session_id());
                CHECK(text(entry.at("handle")) == handle);
                CHECK(text(entry.at("userAgent")) == agent);
            }
        }
        for (const auto* nobody :
             {"nobody", "0123456789ab", "0123456789abcdef0123456789abcdef", "0123456789AB", "%20"}) {
            CAPTURE(nobody);
            check_problem(ask(nobody), 404);
        }
        check_problem(get(server.port(), "/sessions/" + streams.front().session_id()), 401);
    }

    TEST_CASE("entry · of a connected session has every member")
    {
        server_process server;
        event_stream stream(server.port(),
                            {.types = {"a", "b"}, .query = "client_version=1.2%22", .user_agent = "agent/7 (x)"});
        stream.connected();
        const auto entry = session_entry(server.port(), stream.session_id());
        CHECK(keys(entry) == members);
        CHECK(text(entry.at("handle")) == text(stream.connected().at("handle")));
        CHECK(entry.at("active") == true);
        CHECK(is_utc_time(entry.at("created")));
        CHECK(is_utc_time(entry.at("lastSeen")));
        CHECK(integer(entry.at("reconnections")) == 0);
        CHECK(integer(entry.at("buffered")) == 0);
        CHECK(integer(entry.at("lag")) == 0);
        CHECK(text(entry.at("address")) == "127.0.0.1");
        CHECK(text(entry.at("userAgent")) == "agent/7 (x)");
        auto types = entry.at("types").as_array();
        CHECK(boost::json::serialize(types) == R"(["a","b"])");
        CHECK(entry.at("topics").as_array().empty());
        CHECK(entry.at("topicPatterns").as_array().empty());
        CHECK(text(entry.at("clientVersion")) == "1.2\"");
        CHECK(text(entry.at("subject")).empty());
    }

    TEST_CASE("entry · of a disconnected session counts what waits and how far it is behind")
    {
        server_process server;
        event_stream stream(server.port());
        stream.connected();
        const auto id = stream.session_id();
        CHECK(session_entry(server.port(), id).at("types").as_array().empty());
        stream.close();
        wait_stat(server.port(), "active_clients", 0);
        broadcast_batch(server.port(), {"1", "2", "3", "4"});
        CHECK(post(server.port(), "/send?data=5&session=" + id).status == 200);
        const auto entry = session_entry(server.port(), id);
        CHECK(entry.at("active") == false);
        CHECK(integer(entry.at("buffered")) == 5);
        CHECK(integer(entry.at("lag")) == 5);
        event_stream resumed(server.port(), {.session = id});
        resumed.barrier();
        const auto after = session_entry(server.port(), id);
        CHECK(after.at("active") == true);
        CHECK(integer(after.at("buffered")) == 0);
        CHECK(integer(after.at("reconnections")) == 1);
        CHECK(after.at("created") == entry.at("created"));
    }

    TEST_CASE("entry · buffered counts only what the filter lets through, at most the buffer's size")
    {
        server_process server({"--buffer-size", "5"});
        event_stream some(server.port(), {.types = {"wanted"}});
        event_stream all(server.port());
        some.connected();
        all.connected();
        some.close();
        all.close();
        wait_stat(server.port(), "active_clients", 0);
        for (int i = 0; i < 4; ++i) {
            broadcast(server.port(), "x", "unwanted");
            broadcast(server.port(), "x", i < 3 ? "wanted" : "unwanted");
        }
        CHECK(integer(session_entry(server.port(), some.session_id()).at("buffered")) == 3);
        CHECK(integer(session_entry(server.port(), all.session_id()).at("buffered")) == 5);
    }

    TEST_CASE("mint · the session collects, whoever claims it first owns it, and that is no resume")
    {
        server_process server;
        const auto response = post(server.port(), "/sessions");
        CHECK(response.status == 201);
        CHECK(keys(response.json().as_object()) == std::set<std::string>{"sessionId"});
        const auto id = text(response.json().at("sessionId"));
        CHECK(is_session_id(id));
        CHECK(session_entry(server.port(), id).at("active") == false);
        broadcast(server.port(), "collected");
        event_stream owner(server.port(), {.session = id, .user_agent = "first/1"});
        CHECK(owner.session_id() == id);
        CHECK(owner.connected().at("resumed") == false);
        CHECK(integer(owner.connected().at("reconnections")) == 0);
        CHECK(integer(owner.connected().at("replay")) == 1);
        CHECK(owner.next_of_type("message").data == "collected");
        check_problem(event_stream::refused(server.port(), {.session = id, .user_agent = "second/1"}), 403);
        owner.close();
        wait_stat(server.port(), "active_clients", 0);
        event_stream again(server.port(), {.session = id, .user_agent = "first/1"});
        CHECK(again.connected().at("resumed") == true);
        CHECK(integer(again.connected().at("reconnections")) == 1);
    }

    TEST_CASE("mint · is a 409 without reconnection, where no session outlives its stream")
    {
        server_process server({"--no-reconnection"});
        check_problem(post(server.port(), "/sessions"), 409, "reconnection");
        CHECK(stat_of(server.port(), "total_sessions") == 0);
    }

    TEST_CASE("mint · expires when nobody claims it")
    {
        server_process server({"--buffer-ttl", "300ms", "--cleanup-interval", "100ms"});
        const auto id = mint_session(server.port());
        wait_stat(server.port(), "total_sessions", 0, 5s);
        event_stream late(server.port(), {.session = id});
        CHECK(late.session_id() == id);
        CHECK(late.connected().at("resumed") == false);
    }

    TEST_CASE("delete · closes and forgets")
    {
        server_process server;
        event_stream stream(server.port());
        stream.connected();
        const auto target = "/sessions/" + stream.session_id();
        http_connection connection(server.port());
        const auto response = connection.request({.method = "DELETE", .target = target});
        CHECK(response.status == 204);
        CHECK(response.body.empty());
        CHECK_FALSE(response.headers.has("Content-Length"));
        CHECK_FALSE(response.headers.has("Transfer-Encoding"));
        CHECK(stream.wait_end() != stream_end::reset);
        check_problem(connection.request({.method = "DELETE", .target = target}), 404);
        CHECK(stat_of(server.port(), "total_sessions") == 0);
        event_stream later(server.port(), {.session = stream.session_id()});
        CHECK(later.session_id() == stream.session_id());
        CHECK(later.connected().at("resumed") == false);
    }

    TEST_CASE("delete · of a session by its handle")
    {
        server_process server;
        event_stream stream(server.port());
        const auto target = "/sessions/" + text(stream.connected().at("handle"));
        CHECK(request(server.port(), {.method = "DELETE", .target = target}).status == 204);
        CHECK(stream.wait_end() != stream_end::reset);
        CHECK(stat_of(server.port(), "total_sessions") == 0);
        check_problem(request(server.port(), {.method = "DELETE", .target = target}), 404);
    }

    TEST_CASE("delete · of a session that is away, and of one that never was")
    {
        server_process server;
        const auto id = mint_session(server.port());
        CHECK(request(server.port(), {.method = "DELETE", .target = "/sessions/" + id}).status == 204);
        CHECK(stat_of(server.port(), "total_sessions") == 0);
        check_problem(request(server.port(), {.method = "DELETE", .target = "/sessions/nobody"}), 404);
    }
}
