#include <requests/dispatch.hpp>

#include <boost/beast/http/field.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace sluice::server;
namespace http = boost::beast::http;

namespace {

std::optional<sluice::reply> done(sluice::route_request const& /*request*/) { return sluice::json_reply("{}"); }

entrance some_routes(bool trusts = false)
{
    entrance by{.router = {}, .trusts = trusts};
    auto& routes = by.router;
    routes.add(access::open, "GET", "/open", done);
    routes.add_stream(access::subscribe, "/stream", nullptr);
    routes.add(access::publish, "POST", "/publish/{}", done);
    routes.add(access::open, "GET", "/mixed", done);
    routes.add(access::publish, "POST", "/mixed", done);
    return by;
}

settings with_tokens(std::string const& subscribe_token = "subscribe")
{
    options o;
    o.publish_token = "publish";
    o.subscribe_token = subscribe_token;
    return settings{o};
}

http_request head_of(std::string const& method, std::string const& target, std::string const& token = {})
{
    http_request head;
    head.version(11);
    head.method_string(method);
    head.target(target);
    head.set(http::field::host, "here");
    if (!token.empty()) {
        head.set(http::field::authorization, "Bearer " + token);
    }
    return head;
}

destination judged(http_request const& head, entrance const& routes, settings const& in_force)
{
    jwt::verifier tokens{in_force.trust, 1 << 20};
    return dispatch(head, routes, in_force, tokens);
}

/// The status of the answer that the head has already; 0: a route.
unsigned status_of(http_request const& head)
{
    auto const routes = some_routes();
    auto const to = judged(head, routes, with_tokens());
    CHECK((to.answer.has_value() || to.route != nullptr));
    return to.answer ? to.answer->status : 0;
}

} // namespace

TEST_SUITE("server/dispatch")
{
    TEST_CASE("a route · is found with its path as it was registered, its parameter and the subject")
    {
        auto const routes = some_routes();
        auto const in_force = with_tokens();
        auto const publish = judged(head_of("POST", "/publish/a%62?c=d", "publish"), routes, in_force);
        REQUIRE(publish.route != nullptr);
        CHECK_FALSE(publish.answer.has_value());
        CHECK_FALSE(publish.route->is_stream());
        CHECK(publish.path == "/publish/{}");
        CHECK(publish.parameter == "ab");
        auto const stream = judged(head_of("HEAD", "/stream", "subscribe"), routes, in_force);
        REQUIRE(stream.route != nullptr);
        CHECK(stream.route->is_stream());
        CHECK_FALSE(stream.who.subject.empty());
        auto const open = judged(head_of("GET", "/open"), routes, in_force);
        REQUIRE(open.route != nullptr);
        CHECK(open.who.subject.empty());
    }

    TEST_CASE("subject · another token is another subject")
    {
        auto const routes = some_routes();
        auto const subject = [&](std::string const& token) {
            return judged(head_of("GET", "/stream", token), routes, with_tokens(token)).who.subject;
        };
        CHECK(subject("a") == subject("a"));
        CHECK(subject("a") != subject("b"));
    }

    TEST_CASE("order · host, path, OPTIONS, token, origin, method")
    {
        auto no_host = head_of("PUT", "/publish/x");
        no_host.erase(http::field::host);
        CHECK(status_of(no_host) == 400);
        CHECK(status_of(head_of("PUT", "/nothing")) == 404);
        CHECK(status_of(head_of("OPTIONS", "/publish/x")) == 204);
        CHECK(status_of(head_of("OPTIONS", "/nothing")) == 404);
        auto foreign = head_of("PUT", "/publish/x");
        foreign.set(http::field::origin, "http://elsewhere");
        CHECK(status_of(foreign) == 401);
        foreign.set(http::field::authorization, "Bearer publish");
        CHECK(status_of(foreign) == 403);
        CHECK(status_of(head_of("PUT", "/publish/x", "publish")) == 405);
        CHECK(status_of(head_of("POST", "/publish/x", "publish")) == 0);
    }

    TEST_CASE("trust · control needs no token where only this machine comes, streams do")
    {
        auto const routes = some_routes(true);
        auto const status = [&](http_request head) {
            head.set(http::field::host, "localhost");
            auto const to = judged(head, routes, with_tokens());
            return to.answer ? to.answer->status : 0;
        };
        CHECK(status(head_of("POST", "/publish/x")) == 0);
        CHECK(status(head_of("GET", "/stream")) == 401);
        auto foreign = head_of("POST", "/publish/x");
        foreign.set(http::field::origin, "http://elsewhere");
        CHECK(status(foreign) == 403);
        // A name that was pointed at this machine comes that way too.
        CHECK(judged(head_of("GET", "/open"), routes, with_tokens()).answer->status == 403);
    }

    TEST_CASE("access · is the method's; a method that there is not needs the strictest of the path")
    {
        CHECK(status_of(head_of("GET", "/mixed")) == 0);
        CHECK(status_of(head_of("HEAD", "/mixed")) == 0);
        CHECK(status_of(head_of("POST", "/mixed")) == 401);
        CHECK(status_of(head_of("PUT", "/mixed")) == 401);
        CHECK(status_of(head_of("PUT", "/mixed", "publish")) == 405);
        CHECK(status_of(head_of("PUT", "/open")) == 405);
        CHECK(status_of(head_of("PUT", "/stream")) == 401);
        CHECK(status_of(head_of("PUT", "/stream", "subscribe")) == 405);
    }
}
