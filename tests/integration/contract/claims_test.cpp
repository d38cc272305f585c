// GET /events: which session a request claims, where from it continues, and which types it asks for.
#include "checks.hpp"
#include <support/event_stream.hpp>
#include <support/failure.hpp>

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <map>

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using claim = std::optional<std::string>;

/// The data of the events of type `message`-like publishing that come before a marker.
std::vector<std::string> data_until_marker(event_stream& stream, std::string_view marker_type = "message")
{
    std::vector<std::string> data;
    for (const auto& event : stream.barrier(marker_type)) {
        if (event.type != "connected" && event.type != "replay-start" && event.type != "replay-end") {
            data.push_back(event.data);
        }
    }
    return data;
}

struct claim_row {
    const char* name;
    char query, header, cookie; ///< 'a', 'b', 'c': that session; 'x', 'y', 'z': one that does not exist; '-': absent
    char resumed;               ///< the session that is resumed; 'X', 'Y': a new one under that id; '-': of another id
};

constexpr claim_row claim_rows[] = {
    {"by query", 'a', '-', '-', 'a'},
    {"by header", '-', 'b', '-', 'b'},
    {"by cookie", '-', '-', 'c', 'c'},
    {"query before header and cookie", 'a', 'b', 'c', 'a'},
    {"header before cookie", '-', 'b', 'c', 'b'},
    {"query before cookie", 'a', '-', 'c', 'a'},
    {"an unknown one by query counts, and names the new session", 'x', 'b', 'c', 'X'},
    {"an unknown one by header counts, and names the new session", '-', 'y', 'c', 'Y'},
    {"an unknown one by cookie", '-', '-', 'z', '-'},
    {"none", '-', '-', '-', '-'},
};

struct last_id_row {
    const char* name;
    bool header;       ///< Last-Event-ID names the second event
    const char* query; ///< this parameter names the first event; empty: none does
    std::vector<std::string> replayed;
};

const std::vector<last_id_row> last_id_rows{
    {"header", true, "", {"three"}},
    {"query lastEventID", false, "lastEventID", {"two", "three"}},
    {"query lastEventId", false, "lastEventId", {"two", "three"}},
    {"query last-event-id", false, "last-event-id", {"two", "three"}},
    {"query last_event_id", false, "last_event_id", {"two", "three"}},
    {"query evs_last_event_id", false, "evs_last_event_id", {"two", "three"}},
    {"the header wins", true, "lastEventID", {"three"}},
    {"none", false, "", {}},
    {"another parameter", false, "last_event", {}},
};

struct types_row {
    const char* name;
    const char* query;
    std::vector<std::string> received; ///< of the events a, b, message and c, each with its type as data
};

const std::vector<types_row> types_rows{
    {"absent", "", {"a", "b", "message", "c"}},
    {"one", "types=a", {"a"}},
    {"a list", "types=a,c", {"a", "c"}},
    {"repeated", "types=a&types=b", {"a", "b"}},
    {"repeated lists", "types=a,b&types=c", {"a", "b", "c"}},
    {"message for events without a type", "types=message", {"message"}},
    {"percent-encoded", "types=%61%2Cc", {"a", "c"}},
    {"unknown parameters are ignored", "types=b&colour=blue&client_version=1.2", {"b"}},
    {"case counts", "types=A", {}},
};

} // namespace

TEST_SUITE("contract/claims")
{
    TEST_CASE("claim · the explicit beats the ambient, and the first one present counts")
    {
        server_process server;
        const auto open = [&] { return event_stream(server.port()).session_id(); };
        const std::map<char, std::string> ids{{'a', open()},
                                              {'b', open()},
                                              {'c', open()},
                                              {'x', std::string(32, '0')},
                                              {'y', std::string(32, '1')},
                                              {'z', std::string(32, '2')}};
        const auto named = [&](char which) { return which == '-' ? claim() : claim(ids.at(which)); };
        for_each_row(claim_rows, [&](const claim_row& row) {
            event_stream stream(server.port(), {.session = named(row.query),
                                                .session_header = named(row.header),
                                                .session_cookie = named(row.cookie)});
            const bool resumes = row.resumed >= 'a';
            CHECK(stream.connected().at("resumed") == resumes);
            CHECK(stream.connected().at("sessionId").as_string() == stream.session_id().c_str());
            if (row.resumed != '-') {
                CHECK(stream.session_id() == ids.at(resumes ? row.resumed : static_cast<char>(row.resumed | 0x20)));
            } else {
                CHECK(is_session_id(stream.session_id()));
                for (const auto& [letter, id] : ids) {
                    CHECK(stream.session_id() != id);
                }
            }
        });
    }

    TEST_CASE("claim · the cookie is found among others")
    {
        server_process server;
        const auto id = event_stream(server.port()).session_id();
        event_stream stream(server.port(), {.headers = {{"Cookie", "theme=dark; sse-session-id=" + id + "; lang=en"}}});
        CHECK(stream.session_id() == id);
        CHECK(stream.connected().at("resumed") == true);
        CHECK(integer(stream.connected().at("reconnections")) == 1);
    }

    TEST_CASE("claim · the cookie's value may be in quotes")
    {
        server_process server;
        const auto id = event_stream(server.port()).session_id();
        const auto with = [&](const std::string& value) {
            wait_stat(server.port(), "active_clients", 0);
            event_stream stream(server.port(), {.headers = {{"Cookie", "theme=\"\"; sse-session-id=" + value}}});
            return stream.session_id();
        };
        CHECK(with('"' + id + '"') == id);
        for (const auto& none : {'"' + id, id + '"', std::string{"\""}, std::string{"\"\""}, "\"\"" + id + "\"\""}) {
            CAPTURE(none);
            CHECK(with(none) != id);
        }
    }

    TEST_CASE("claim · one by cookie resumes only what is without a connection, wants the same and is its own")
    {
        server_process server({"--threads", "2"});
        event_stream first(server.port(), {.user_agent = "browser/1.0"});
        const auto id = first.session_id();
        CHECK(first.response().headers.has("Set-Cookie"));
        const auto opens_new = [&](const stream_options& options) {
            event_stream stream(server.port(), options);
            CHECK(stream.session_id() != id);
            CHECK(stream.connected().at("resumed") == false);
            CHECK_FALSE(stream.response().headers.has("Set-Cookie"));
            const auto published = broadcast(server.port(), "x", options.types.empty() ? "message" : "a");
            CHECK(stream.next_of_type(options.types.empty() ? "message" : "a").id == published);
        };
        opens_new({.session_cookie = id, .user_agent = "browser/1.0"}); // another tab
        opens_new({.session_cookie = id, .types = {"a"}, .user_agent = "browser/1.0"});
        CHECK(data_until_marker(first).size() == 2); // was not disturbed
        first.close();
        wait_stat(server.port(), "active_clients", 0);
        opens_new({.session_cookie = id, .types = {"a"}, .user_agent = "browser/1.0"}); // another page
        opens_new({.session_cookie = id, .user_agent = "browser/1.0 (mobile)"});        // "desktop site"
        wait_stat(server.port(), "active_clients", 0);
        event_stream again(server.port(), {.session_cookie = id, .user_agent = "browser/1.0"});
        CHECK(again.session_id() == id);
        CHECK(again.connected().at("resumed") == true);
        CHECK_FALSE(again.response().headers.has("Set-Cookie"));
        CHECK(stat_of(server.port(), "rejected_claims") == 0);
        CHECK(server.log_count("session claim rejected") == 0);
    }

    TEST_CASE("claim · an explicit one never sets the cookie, and what is no id is none")
    {
        server_process server;
        const std::string mine(32, 'a');
        for (const auto& options : {stream_options{.session = mine}, stream_options{.session_header = mine}}) {
            event_stream stream(server.port(), options);
            CHECK(stream.session_id() == mine);
            CHECK_FALSE(stream.response().headers.has("Set-Cookie"));
        }
        event_stream fresh(server.port(), {.session = "A", .session_header = std::string(32, 'G')});
        CHECK(fresh.response().headers.has("Set-Cookie"));
        CHECK(fresh.connected().at("resumed") == false);
    }

    TEST_CASE("claim · a session named in the address goes on under its id after a restart")
    {
        const std::string mine(32, 'b');
        {
            server_process before;
            CHECK(event_stream(before.port(), {.session = mine}).session_id() == mine);
        }
        server_process after;
        event_stream stream(after.port(), {.session = mine});
        CHECK(stream.session_id() == mine);
        CHECK(stream.connected().at("resumed") == false);
        stream.close();
        wait_stat(after.port(), "active_clients", 0);
        event_stream again(after.port(), {.session = mine});
        CHECK(again.session_id() == mine);
        CHECK(again.connected().at("resumed") == true);
    }

    TEST_CASE("claim · a failing one is answered 403 and leaves the owner's stream alone")
    {
        server_process server;
        event_stream owner(server.port(), {.user_agent = "owner/1.0"});
        const auto refused =
            event_stream::refused(server.port(), {.session = owner.session_id(), .user_agent = "thief/1.0"});
        check_problem(refused, 403);
        server.wait_for_log("session claim rejected");
        CHECK(data_until_marker(owner).empty());
        CHECK(stat_of(server.port(), "rejected_claims") == 1);
        CHECK(stat_of(server.port(), "active_clients") == 1);
    }

    TEST_CASE("last event · comes by header, else by one of five parameters")
    {
        server_process server;
        const auto first = broadcast(server.port(), "one");
        const auto second = broadcast(server.port(), "two");
        broadcast(server.port(), "three");
        for_each_row(last_id_rows, [&](const last_id_row& row) {
            const std::string parameter = row.query;
            const auto marker_type = unique_marker(); // so that no later row has this row's marker replayed
            event_stream stream(server.port(), {.last_event_id = row.header ? claim(second) : claim(),
                                                .types = {"message", marker_type},
                                                .query = parameter.empty() ? "" : parameter + "=" + first});
            CHECK(data_until_marker(stream, marker_type) == row.replayed);
        });
    }

    TEST_CASE("last event · nothing that a browser may send is answered with an error")
    {
        server_process server;
        broadcast(server.port(), "one");
        const auto opens = [&](const std::string& target, const std::string& field) {
            http_connection connection(server.port());
            connection.send_in_pieces(fmt::format("GET /events{} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: "
                                                  "text/event-stream\r\n{}X-After: y\r\n\r\n",
                                                  target, field),
                                      7);
            const auto head = connection.read_head();
            CHECK(head.status == 200);
            CHECK(head.headers.get("Content-Type") == "text/event-stream");
            std::string body;
            while (body.find("connected") == std::string::npos) {
                REQUIRE(connection.read_body(body, {}) == receive_result::data);
            }
        };
        for (const std::string value : {"a\001b", "\x7f", "\x1f\x02 \x03", "\xff\xfe", "\xc3\xa4", "1-"}) {
            INFO("value: " << printable(value));
            opens("", "Last-Event-ID: " + value + "\r\n");
            opens("", "lAST-eVENT-iD:" + value + "\r\nLast-Event-ID: x\r\n");
            opens("?lastEventID=" + percent_encode(value), "");
        }
        opens("", "Last-Event-ID: " + std::string(15000, 'x') + "\r\n");
        opens("?evs_last_event_id=" + std::string(15000, 'x'), "");
        for (const std::string query : {"%zz", "%", "%ff", "%00", "a&lastEventID=b&last_event_id=c"}) {
            opens("?lastEventID=" + query, "");
        }
        CHECK(raw_request(server.port(), "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Other: a\x01\r\n\r\n").status ==
              400);
    }

    TEST_CASE("last event · an empty one counts as none")
    {
        server_process server;
        broadcast(server.port(), "one");
        event_stream stream(server.port(), {.headers = {{"Last-Event-ID", ""}}});
        CHECK(integer(stream.connected().at("replay")) == 0);
        CHECK(stream.connected().at("dropped") == 0);
        CHECK(data_until_marker(stream).empty());
    }

    TEST_CASE("last event · one that cannot be placed tells a new session so")
    {
        server_process server;
        broadcast(server.port(), "one");
        for (const auto* id : {"never-published", "1-1", "99999999999999-7"}) {
            CAPTURE(id);
            event_stream stream(server.port(), {.last_event_id = id});
            CHECK(stream.connected().at("dropped").is_null());
            stream.next_of_type("connected");
            const auto overflow = stream.expect("buffer-overflow");
            CHECK(parse_json(overflow.data).at("dropped").is_null());
        }
    }

    TEST_CASE("types · only events of these types come, and stream-control events always")
    {
        server_process server({"--heartbeat-interval", "300ms"});
        for_each_row(types_rows, [&](const types_row& row) {
            event_stream stream(server.port(), {.query = row.query});
            stream.connected();
            std::string last;
            for (const auto* type : {"a", "b", "message", "c"}) {
                last = broadcast(server.port(), type, type);
            }
            // A heartbeat at the last event's position says that all that matched has been sent.
            std::vector<std::string> received;
            for (auto event = stream.next_event(); event.type != "heartbeat" || event.id != last;
                 event = stream.next_event()) {
                if (event.type != "connected" && event.type != "heartbeat") {
                    CHECK(event.type == event.data);
                    received.push_back(event.data);
                }
            }
            CHECK(received == row.received);
        });
    }

    TEST_CASE("types · at most a thousand")
    {
        server_process server;
        std::string types = "types=t0";
        for (int i = 1; i < 1000; ++i) {
            types += fmt::format(",t{}", i);
        }
        CHECK(event_stream(server.port(), {.query = types}).connected().at("resumed") == false);
        check_problem(event_stream::refused(server.port(), {.query = types + ",one-more"}), 400, "1000");
    }

    TEST_CASE("metadata · what a session keeps of its request is 4 KiB, and the owner is known by it")
    {
        server_process server;
        const std::string agent(6000, 'u');
        event_stream stream(server.port(), {.query = "client_version=" + std::string(5000, 'v'), .user_agent = agent});
        const auto entry = session_entry(server.port(), stream.session_id());
        CHECK(text(entry.at("userAgent")) == agent.substr(0, 4096));
        CHECK(text(entry.at("clientVersion")).empty());
        CHECK(get(server.port(), "/metrics").body.find("\nsluice_requests_cut_total 1\n") != std::string::npos);
        event_stream again(server.port(), {.session = stream.session_id(), .user_agent = agent});
        CHECK(again.connected().at("resumed") == true);
        // What is cut is not compared, and all of what is kept is.
        event_stream cut(server.port(),
                         {.session = stream.session_id(), .user_agent = agent.substr(0, 4096) + "other"});
        CHECK(cut.connected().at("resumed") == true);
        const auto other = agent.substr(0, 4095) + "o" + agent.substr(4096);
        check_problem(event_stream::refused(server.port(), {.session = stream.session_id(), .user_agent = other}), 403);
    }

    TEST_CASE("types · a resume that names none keeps the filter, one that names some replaces it")
    {
        server_process server;
        event_stream stream(server.port(), {.types = {"a"}});
        const auto id = stream.session_id();
        stream.connected();
        stream.close();
        wait_stat(server.port(), "active_clients", 0);
        broadcast(server.port(), "first b", "b");
        broadcast(server.port(), "first a", "a");
        std::string last;
        // An empty list names none either.
        for (const auto* const query : {"", "types=", "types=,&types="}) {
            CAPTURE(query);
            event_stream kept(server.port(), {.session = id, .query = query});
            CHECK(data_until_marker(kept, "a") == std::vector<std::string>{"first a"});
            last = kept.last_event_id();
            kept.close();
            wait_stat(server.port(), "active_clients", 0);
            broadcast(server.port(), "first b", "b");
            broadcast(server.port(), "first a", "a");
        }
        broadcast(server.port(), "second a", "a");
        broadcast(server.port(), "second b", "b");
        event_stream replaced(server.port(), {.session = id, .last_event_id = last, .types = {"b"}});
        CHECK(data_until_marker(replaced, "b") == std::vector<std::string>{"first b", "second b"});
    }
}
