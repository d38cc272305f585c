// GET /events: which session a request claims, where from it continues, and which types it asks for.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <boost/json/array.hpp>

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
    char query, header, cookie; ///< 'a', 'b', 'c': that session; 'x': one that does not exist; '-': absent
    char resumed;               ///< the session that is resumed; '-': none
};

constexpr claim_row claim_rows[] = {
    {"by query", 'a', '-', '-', 'a'},
    {"by header", '-', 'b', '-', 'b'},
    {"by cookie", '-', '-', 'c', 'c'},
    {"query before header and cookie", 'a', 'b', 'c', 'a'},
    {"header before cookie", '-', 'b', 'c', 'b'},
    {"query before cookie", 'a', '-', 'c', 'a'},
    {"an unknown one by query counts", 'x', 'b', 'c', '-'},
    {"an unknown one by header counts", '-', 'x', 'c', '-'},
    {"an unknown one by cookie", '-', '-', 'x', '-'},
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
        const std::map<char, std::string> ids{{'a', open()}, {'b', open()}, {'c', open()}, {'x', std::string(32, '0')}};
        const auto named = [&](char which) { return which == '-' ? claim() : claim(ids.at(which)); };
        for_each_row(claim_rows, [&](const claim_row& row) {
            event_stream stream(server.port(), {.session = named(row.query),
                                                .session_header = named(row.header),
                                                .session_cookie = named(row.cookie)});
            const bool resumes = row.resumed != '-';
            CHECK(stream.connected().at("resumed") == resumes);
            CHECK(stream.connected().at("sessionId").as_string() == stream.session_id().c_str());
            if (resumes) {
                CHECK(stream.session_id() == ids.at(row.resumed));
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

    TEST_CASE("claim · a failing one is answered 403 and leaves the owner's stream alone")
    {
        server_process server;
        event_stream owner(server.port(), {.user_agent = "owner/1.0"});
        const auto refused =
            event_stream::refused(server.port(), {.session = owner.session_id(), .user_agent = "thief/1.0"});
        check_problem(refused, 403);
        server.wait_for_log("session claim rejected");
        CHECK(data_until_marker(owner).empty());
        CHECK(stat(server.port(), "rejected_claims") == 1);
        CHECK(stat(server.port(), "active_clients") == 1);
    }

    TEST_CASE("last event · comes by header, else by one of three parameters")
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
        event_stream kept(server.port(), {.session = id});
        CHECK(data_until_marker(kept, "a") == std::vector<std::string>{"first a"});
        const auto last = kept.last_event_id();
        kept.close();
        wait_stat(server.port(), "active_clients", 0);
        broadcast(server.port(), "second a", "a");
        broadcast(server.port(), "second b", "b");
        event_stream replaced(server.port(), {.session = id, .last_event_id = last, .types = {"b"}});
        CHECK(data_until_marker(replaced, "b") == std::vector<std::string>{"second b"});
    }
}
