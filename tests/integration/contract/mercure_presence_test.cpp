// The subscriptions of Mercure's streams: the events about them, and the API that lists them.
#include "checks.hpp"
#include "minted.hpp"

#include <boost/json/array.hpp>

#include <access/jwt/base64url.hpp>
#include <access/jwt/signature.hpp>

using namespace sluice::test;

namespace {

const std::string subscriptions_at = "/.well-known/mercure/subscriptions";

std::vector<std::string> with_presence() { return with_keys({"--presence", "--public-url", "https://hub.example"}); }

jwt::minted_claims subscribing(const std::vector<std::string>& topics, jwt::dialect dialect = jwt::dialect::v1)
{
    auto claims = may_subscribe(topics);
    claims.grant.dialect = dialect;
    return claims;
}

/// A token with these claims, which have what a mint does not write.
std::string signed_token(std::string_view typ, std::string_view claims)
{
    auto token = jwt::encode_base64url(fmt::format(R"({{"alg":"HS256","typ":"{}"}})", typ));
    token += '.' + jwt::encode_base64url(claims);
    const auto key = jwt::read_signing_key(key_file_text("secret"));
    return token + '.' + jwt::encode_base64url(jwt::sign(*jwt::find_algorithm("HS256"), *key, token));
}

event_stream subscriber_with(const server_process& server, const std::string& query, const std::string& token)
{
    return event_stream(server.port(), {.query = query, .headers = bearing(token), .path = "/.well-known/mercure"});
}

event_stream subscriber_of(const server_process& server, const std::string& query, const jwt::minted_claims& claims)
{
    return subscriber_with(server, query, minted(claims));
}

http_response ask_for(const server_process& server, const std::string& path, const jwt::minted_claims& claims)
{
    return request(server.port(), {.target = path, .headers = bearing(minted(claims))});
}

/// The document of an event, whose `active` is as wanted.
boost::json::object document_of(const received_event& event, bool active)
{
    auto document = parse_json(event.data).as_object();
    CHECK(document.at("active").as_bool() == active);
    CHECK(document.at("subscriber").as_string().starts_with("urn:uuid:"));
    return document;
}

} // namespace

TEST_SUITE("contract/mercure_presence")
{
    TEST_CASE("events · tell who may have them of each subscription's beginning and end, by 1.0")
    {
        server_process server(with_presence());
        auto watcher =
            subscriber_of(server, "match_urlpattern=" + percent_encode(subscriptions_at + "/*"), subscribing({"*"}));
        CHECK(document_of(watcher.next(), true).at("match_type").as_string() == "urlpattern"); // its own
        auto stranger = subscriber_of(server, "match=*", subscribing({"a"}));
        const auto all = document_of(watcher.next(), true);
        CHECK(all.at("match").as_string() == "*");
        CHECK(all.at("match_type").as_string() == "exact");
        const auto token = signed_token("at+jwt", R"({"authorization_details":[
            {"type":"https://mercure.rocks/authorization-detail","actions":["subscribe"],"topics":[{"match":"b"}],
             "payload":{"name":"nobody"}},
            {"type":"https://mercure.rocks/authorization-detail","actions":["subscribe"],
             "topics":[{"match":"https://x.example/:x","match_type":"urlpattern"}],"payload":{"name":"alice"}}]})");
        auto stream = subscriber_with(server, "match=" + percent_encode("https://x.example/a"), token);
        const auto event = watcher.next();
        CHECK(event.type == "mercure");
        const auto begun = document_of(event, true);
        const auto id = text(begun.at("id"));
        CHECK(id == fmt::format("{}/exact/https%3A%2F%2Fx.example%2Fa/{}", subscriptions_at,
                                percent_encode(text(begun.at("subscriber")))));
        CHECK(text(begun.at("type")) == "subscription");
        CHECK(begun.at("payload") == parse_json(R"({"name":"alice"})"));
        CHECK(keys(begun) ==
              std::set<std::string>{"id", "type", "match_type", "match", "subscriber", "active", "payload"});
        stream.close();
        auto ended = document_of(watcher.next(), false);
        ended["active"] = true;
        CHECK(ended == begun);
        CHECK_FALSE(stranger.try_next());
    }

    TEST_CASE("events · have the documents of 0.x for its streams")
    {
        server_process server(with_presence());
        auto watcher = subscriber_of(server, "topic=" + percent_encode(subscriptions_at + "/{topic}/{subscriber}"),
                                     subscribing({"*"}, jwt::dialect::v0));
        watcher.next();
        const auto token = signed_token("JWT", R"({"mercure":{"subscribe":["a"],"payload":{"n":1}}})");
        auto stream = subscriber_with(server, "topic=a&topic=%2Fb%2F%7Bid%7D&topic=a", token);
        for (const auto* const topic : {"a", "/b/{id}"}) {
            const auto event = watcher.next();
            CHECK(event.type == "message");
            const auto begun = document_of(event, true);
            CHECK(text(begun.at("@context")) == "https://mercure.rocks/");
            CHECK(text(begun.at("type")) == "Subscription");
            CHECK(text(begun.at("topic")) == topic);
            CHECK(text(begun.at("id")).starts_with(subscriptions_at + "/" + percent_encode(topic) + "/urn"));
            CHECK(begun.at("payload") == parse_json(R"({"n":1})"));
        }
        CHECK(watcher.try_read_available().empty());
    }

    TEST_CASE("API · lists subscriptions, those of one selector, and one, and says where to go on")
    {
        server_process server(with_presence());
        auto one = subscriber_of(server, "match=a&match_urlpattern=%2Fb%2F%3Aid", subscribing({}));
        auto other = subscriber_of(server, "match=a", subscribing({}));
        auto third = subscriber_of(server, "topic=a", subscribing({}, jwt::dialect::v0));
        const auto list = [&](const std::string& path, jwt::dialect dialect = jwt::dialect::v1) {
            const auto answer = ask_for(server, subscriptions_at + path, subscribing({"*"}, dialect));
            REQUIRE_MESSAGE(answer.status == 200, answer.body);
            CHECK(answer.headers.get("Content-Type") ==
                  (dialect == jwt::dialect::v1 ? "application/json" : "application/ld+json"));
            CHECK(text(answer.json().at("id")) == subscriptions_at + path);
            return answer.json().at("subscriptions").as_array();
        };
        CHECK(list("").size() == 4);
        CHECK(list("", jwt::dialect::v0).size() == 4);
        CHECK(list("/exact/a").size() == 2);
        CHECK(list("/urlpattern/%2Fb%2F%3Aid").size() == 1);
        CHECK(list("/urlpattern/a").empty());
        CHECK(list("/a", jwt::dialect::v0).size() == 1);
        const auto found = list("/exact/a").front().as_object();
        const auto single = ask_for(server, text(found.at("id")), subscribing({"*"}));
        CHECK(single.json() == found);
        const auto link = single.headers.get("Link");
        CHECK(link.starts_with(R"(<https://hub.example/.well-known/mercure>; rel="mercure"; last-event-id=")"));
        const auto cursor = link.substr(link.find("id=\"") + 4, link.find("\"; type") - link.find("id=\"") - 4);
        CHECK(is_position(cursor));
        CHECK(single.headers.get("ETag") == "\"" + cursor + "\"");
        CHECK(single.headers.get("Cache-Control") == "must-revalidate");
        const auto again = [&](const std::string& tag) {
            auto headers = bearing(minted(subscribing({"*"})));
            headers.add("If-None-Match", tag);
            return request(server.port(), {.target = subscriptions_at, .headers = headers});
        };
        eventually("that what has not changed is not sent again", [&] {
            const auto tag = ask_for(server, subscriptions_at, subscribing({"*"})).headers.get("ETag");
            const auto unchanged = again("\"other\", W/" + tag);
            return unchanged.status == 304 && unchanged.body.empty() && unchanged.headers.get("ETag") == tag;
        });
        CHECK(again("\"other\"").status == 200);
        auto resumed = subscriber_of(server, "match=z&last_event_id=" + cursor, subscribing({}));
        CHECK(resumed.response().headers.get("Mercure-Last-Event-ID") == cursor);
        const auto other_id = percent_encode("urn:uuid:00000000-0000-0000-0000-000000000000");
        CHECK(ask_for(server, subscriptions_at + "/exact/a/" + other_id, subscribing({"*"})).status == 404);
        CHECK(ask_for(server, subscriptions_at + "/exact/a/b/c", subscribing({"*"})).status == 404);
        one.close();
        eventually("that its subscriptions are gone", [&] { return list("").size() == 3; });
    }

    TEST_CASE("API · needs a grant to subscribe to the path")
    {
        server_process server(with_presence());
        const auto path = subscriptions_at + "/exact/a";
        auto by_pattern = subscribing({});
        by_pattern.grant.subscribe.push_back(
            {.kind = jwt::matcher_kind::url_pattern, .text = subscriptions_at + "/:type/:match"});
        CHECK(ask_for(server, path, by_pattern).status == 200);
        CHECK(ask_for(server, subscriptions_at, by_pattern).status == 403);
        CHECK(ask_for(server, path, subscribing({path})).status == 200);
        check_problem(ask_for(server, path, subscribing({"a"})), 403, path);
        CHECK(get(server.port(), path).status == 401);
        server_process without(with_keys());
        CHECK(ask_for(without, path, subscribing({"*"})).status == 404);
    }
}
