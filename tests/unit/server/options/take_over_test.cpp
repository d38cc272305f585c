#include <doctest/doctest.h>
#include <options/declaration.hpp>
#include <reload.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace sluice::server {
namespace {

using strings = std::vector<std::string>;

/// For each option a value that is not its default, and whether it changes while the server runs.
struct change {
    strings values;
    bool reloadable;
};

std::map<std::string, change> const changes{
    {"listen", {{"127.0.0.1:1", "[::1]:1"}, false}},
    {"threads", {{"3"}, false}},
    {"drain-timeout", {{"1s"}, true}},
    {"drain-spread", {{"1s"}, false}},
    {"drain-delay", {{"1s"}, true}},
    {"operations-listen", {{"127.0.0.1:2"}, false}},
    {"public-url", {{"https://events.example.com/"}, false}},
    {"publishing", {{"false"}, false}},
    {"presence", {{"true"}, false}},
    {"mercure", {{"true"}, false}},
    {"allowed-host", {{"a.example"}, true}},
    {"trusted-proxy", {{"10.0.0.0/8"}, true}},
    {"publish-token", {{"p"}, true}},
    {"publish-token-file", {{"/p"}, true}},
    {"subscribe-token", {{"s"}, true}},
    {"subscribe-token-file", {{"/s"}, true}},
    {"insecure", {{"true"}, true}},
    {"jwt-key-file", {{"/k"}, true}},
    {"jwks-file", {{"/j"}, true}},
    {"jwt-issuer", {{"i"}, true}},
    {"jwt-audience", {{"a", "b"}, true}},
    {"jwt-leeway", {{"1s"}, true}},
    {"jwt-require-exp", {{"true"}, true}},
    {"anonymous", {{"true"}, true}},
    {"jwks-url", {{"https://a.example/keys"}, false}},
    {"jwks-refresh", {{"1s"}, false}},
    {"revocation-ttl", {{"1s"}, false}},
    {"cors-origin", {{"https://a.example"}, true}},
    {"buffer-size", {{"1"}, false}},
    {"buffer-ttl", {{"1s"}, false}},
    {"cleanup-interval", {{"1s"}, false}},
    {"no-reconnection", {{"true"}, false}},
    {"max-sessions", {{"1"}, true}},
    {"thrash-limit", {{"1"}, true}},
    {"cookie-name", {{"__Host-sluice"}, false}},
    {"cookie-path", {{"/hub"}, false}},
    {"cookie-same-site", {{"lax"}, false}},
    {"ownership", {{"none"}, false}},
    {"retry", {{"1s"}, false}},
    {"heartbeat-interval", {{"1s"}, false}},
    {"heartbeat-style", {{"comment"}, false}},
    {"max-lag", {{"1"}, true}},
    {"write-timeout", {{"1s"}, false}},
    {"max-connections", {{"1"}, true}},
    {"log-events", {{"1"}, false}},
    {"log-bytes", {{"1"}, false}},
    {"max-event-bytes", {{"1"}, true}},
    {"idle-timeout", {{"1s"}, false}},
    {"idempotency-window", {{"1s"}, false}},
    {"publish-idle-timeout", {{"1s"}, false}},
    {"body-memory", {{"1"}, true}},
    {"log-level", {{"error"}, true}},
    {"log-format", {{"json"}, false}},
};

TEST_SUITE_BEGIN("server/reload");

TEST_CASE("take over · what can change is taken, the rest is named and stays")
{
    for (auto const& d : declarations()) {
        if (!d.excludes.empty() && find_declaration(d.excludes)->excludes.empty()) {
            continue; // another's second name
        }
        CAPTURE(d.name);
        REQUIRE(changes.contains(d.name));
        auto const& [values, reloadable] = changes.at(d.name);
        options in_force;
        options fresh;
        REQUIRE(d.set(fresh, values) == std::nullopt);
        REQUIRE(d.get(fresh) != d.get(in_force));
        auto const before = d.get(in_force);
        auto const found = take_over(in_force, fresh);
        CHECK(found.changed == (reloadable ? strings{d.key()} : strings{}));
        CHECK(found.needs_restart == (reloadable ? strings{} : strings{d.key()}));
        CHECK(d.get(in_force) == (reloadable ? values : before));
        // The same again: what was taken is no news, what needs a restart still does.
        CHECK(take_over(in_force, fresh).changed.empty());
        CHECK(take_over(in_force, fresh).needs_restart == found.needs_restart);
    }
}

TEST_CASE("take over · what is no longer given goes back to its default")
{
    options in_force;
    in_force.cors_origins = {"https://a.example"};
    in_force.broker.streams.max_lag = 5;
    CHECK(take_over(in_force, {}).changed == strings{"cors_origin", "max_lag"});
    CHECK(in_force.cors_origins.empty());
    CHECK(in_force.broker.streams.max_lag == options{}.broker.streams.max_lag);
}

TEST_CASE("take over · a protection that is no longer given stays, and is named")
{
    options in_force;
    in_force.publish_token = "p";
    in_force.subscribe_token = "s";
    in_force.allowed_hosts = {"a.example"};
    in_force.jwt.key_files = {"k"};
    in_force.jwt.key_texts = {"key"};
    in_force.jwt.jwks_files = {"j"};
    in_force.jwt.issuer = "i";
    in_force.jwt.audiences = {"a"};
    for (int i = 0; i != 2; ++i) {
        auto const found = take_over(in_force, {});
        CHECK(found.changed.empty());
        CHECK(found.kept == strings{"publish_token", "subscribe_token", "allowed_host", "jwt_key_file", "jwks_file",
                                    "jwt_issuer", "jwt_audience"});
        CHECK(in_force.jwt.key_texts == strings{"key"});
        CHECK(in_force.publish_token == "p");
        CHECK(in_force.subscribe_token == "s");
        CHECK(in_force.allowed_hosts == strings{"a.example"});
    }
    options fresh;
    fresh.publish_token = "q";
    fresh.allowed_hosts = {"b.example"};
    CHECK(take_over(in_force, fresh).changed == strings{"publish_token", "allowed_host"});
    CHECK(in_force.publish_token == "q");
    CHECK(in_force.allowed_hosts == strings{"b.example"});
}

TEST_CASE("take over · other keys in the same files are news")
{
    options in_force;
    in_force.jwt.key_files = {"k"};
    in_force.jwt.key_texts = {"key"};
    in_force.jwt.jwks_files = {"j"};
    in_force.jwt.jwks_texts = {"set"};
    auto fresh = in_force;
    CHECK(take_over(in_force, fresh).changed.empty());
    fresh.jwt.key_texts = {"other key"};
    fresh.jwt.jwks_texts = {"other set"};
    CHECK(take_over(in_force, fresh).changed == strings{"jwt_key_file", "jwks_file"});
    CHECK(in_force.jwt.key_texts == fresh.jwt.key_texts);
    CHECK(in_force.jwt.jwks_texts == fresh.jwt.jwks_texts);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server
