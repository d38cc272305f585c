// POST /send by subject: all of a user's sessions at once.
#include "checks.hpp"
#include "minted.hpp"

#include <boost/json/array.hpp>

#include <deque>
#include <string>
#include <vector>

using namespace sluice::test;

namespace {

/// POST /send as one who may publish everything, in JSON.
http_response send_as_all(const server_process& server, const std::string& body)
{
    auto headers = as_publisher();
    headers.add("Content-Type", json);
    return request(server.port(), {.method = "POST", .target = "/send", .headers = headers, .body = body});
}

std::vector<std::string> unknown_of(const http_response& answer)
{
    std::vector<std::string> unknown;
    const auto body = answer.json();
    for (const auto& one : body.at("unknown").as_array()) {
        unknown.push_back(text(one));
    }
    return unknown;
}

stream_options of(const std::string& subject) { return {.headers = bearing(minted(may_subscribe({}, subject)))}; }

void wait_for_no_streams(const server_process& server)
{
    eventually("the streams to end", [&] {
        const auto answer = request(server.port(), {.target = "/stats", .headers = as_publisher()});
        return integer(answer.json().at("active_clients")) == 0;
    });
}

} // namespace

TEST_SUITE("contract/subjects")
{
    TEST_CASE("send · to a subject reaches every tab of a user, connected or away, and nobody else")
    {
        for (const int threads : {1, 2}) {
            CAPTURE(threads);
            server_process server(with_keys({"--threads", std::to_string(threads)}));
            std::vector<std::string> away;
            for (int i = 0; i != 3; ++i) {
                event_stream closed(server.port(), of("ann"));
                closed.connected();
                away.push_back(closed.session_id());
            }
            wait_for_no_streams(server);
            std::deque<event_stream> tabs;
            for (int i = 0; i != 5; ++i) {
                tabs.emplace_back(server.port(), of("ann"));
                tabs.back().connected();
            }
            event_stream other(server.port(), of("ben"));
            other.connected();
            const auto answer = send_as_all(server, R"({"subject":"ann","data":"for ann"})");
            REQUIRE_MESSAGE(answer.status == 200, answer.body);
            CHECK(unknown_of(answer).empty());
            const auto id = text(answer.json().at("id"));
            CHECK(send_as_all(server, R"({"subjects":["ann","ben"],"data":"for both"})").status == 200);
            for (auto& tab : tabs) {
                const auto first = tab.next_of_type("message");
                CHECK(first.data == "for ann");
                CHECK(first.id == id);
                CHECK(tab.next_of_type("message").data == "for both");
            }
            CHECK(other.next_of_type("message").data == "for both");
            for (const auto& session : away) {
                auto again = of("ann");
                again.session = session;
                event_stream back(server.port(), again);
                CHECK(integer(back.connected().at("replay")) == 2);
                CHECK(back.next_of_type("message").data == "for ann");
                CHECK(back.next_of_type("message").data == "for both");
            }
        }
    }

    TEST_CASE("send · by query, form and JSON, beside sessions, and once where a session is named twice")
    {
        server_process server(with_keys());
        event_stream ann(server.port(), of("ann"));
        event_stream ben(server.port(), of("ben"));
        ann.connected();
        ben.connected();
        const auto post_form = [&](const std::string& query, const std::string& body) {
            auto headers = as_publisher();
            if (!body.empty()) {
                headers.add("Content-Type", form);
            }
            return request(server.port(),
                           {.method = "POST", .target = "/send?" + query, .headers = headers, .body = body});
        };
        CHECK(post_form("subject=ann&subject=ben&data=1", "").status == 200);
        CHECK(post_form("data=2", "subject=ann&subject=ben").status == 200);
        CHECK(post_form("session=" + ben.session_id(), "subject=ann&data=3").status == 200);
        const auto both =
            fmt::format(R"({{"sessions":["{}"],"subjects":["ann","ben","ann"],"data":"4"}})", ann.session_id());
        CHECK(send_as_all(server, both).status == 200);
        CHECK(send_as_all(server, R"({"subjects":["ann","ben"],"data":"last"})").status == 200);
        for (auto* const stream : {&ann, &ben}) {
            for (const auto* const data : {"1", "2", "3", "4", "last"}) {
                CHECK(stream->next_of_type("message").data == data);
            }
        }
    }

    TEST_CASE(
        "send · subjects without a session are in 'unknown' like sessions; 404 if there is nobody, 400 if none is "
        "named")
    {
        server_process server(with_keys());
        event_stream ann(server.port(), of("ann"));
        ann.connected();
        const auto some = send_as_all(server, R"({"sessions":["none"],"subjects":["eve","ann","ben"]})");
        CHECK(some.status == 200);
        CHECK(unknown_of(some) == std::vector<std::string>{"none", "eve", "ben"});
        check_problem(send_as_all(server, R"({"subjects":["eve"]})"), 404);
        check_problem(send_as_all(server, R"({"subjects":[],"data":"x"})"), 400, "no subject");
        check_problem(send_as_all(server, R"({"subject":7})"), 400, "'subject'");
        check_problem(send_as_all(server, R"({"subject":"a","subjects":["b"]})"), 400, "'subjects'");
        CHECK(ann.next_of_type("message").data.empty());
    }

    TEST_CASE("send · by subject needs what /send needs")
    {
        server_process server(with_keys());
        event_stream ann(server.port(), of("ann"));
        ann.connected();
        const auto with = [&](const header_fields& headers) {
            return request(server.port(), {.method = "POST", .target = "/send?subject=ann", .headers = headers}).status;
        };
        CHECK(with({}) == 401);
        CHECK(with(bearing(minted(may_publish({"ann"})))) == 403);
        CHECK(with(bearing(minted(may_subscribe({"*"})))) == 403);
        CHECK(with(as_publisher()) == 200);
    }

    TEST_CASE("sessions · are listed by their subject, whatever it was at an earlier claim")
    {
        server_process server(with_keys({"--ownership", "none"}));
        event_stream ann(server.port(), of("ann"));
        ann.connected();
        auto as_ben = of("ben");
        as_ben.session = ann.session_id();
        event_stream ben(server.port(), as_ben);
        ben.connected();
        const auto listed = [&](const std::string& subject) {
            const auto answer =
                request(server.port(), {.target = "/sessions?subject=" + subject, .headers = as_publisher()});
            return answer.json().at("sessions").as_array().size();
        };
        CHECK(listed("ann") == 0);
        CHECK(listed("ben") == 1);
    }
}
