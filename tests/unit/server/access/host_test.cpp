#include <access/host.hpp>

#include <doctest/doctest.h>

using namespace sluice::server;

TEST_SUITE("server/host")
{
    TEST_CASE("allowed · addresses, localhost and what is below it, and the names given")
    {
        host_policy const hosts{{"hub.example"}};
        for (auto const* const host :
             {"127.0.0.1", "127.0.0.1:8080", "192.0.2.1:80", "[::1]", "[::1]:8080", "[fe80::1]", "localhost",
              "localhost:8080", "LocalHost:1", "localhost.", "app.localhost:3000", "a.b.localhost", "hub.example",
              "HUB.example:443", "hub.example.", "localhost:"}) {
            CAPTURE(host);
            CHECK(hosts.allows(host));
        }
        for (auto const* const host : {"",
                                       ":8080",
                                       "foreign.example",
                                       "foreign.example:8080",
                                       "localhost.foreign.example",
                                       ".localhost",
                                       "notlocalhost",
                                       "hub.example.foreign.example",
                                       "x.hub.example",
                                       "127.0.0.1.foreign.example",
                                       "foreign.example@127.0.0.1",
                                       "127.0.0.1@foreign.example",
                                       "::1",
                                       "[::1",
                                       "[::1]x",
                                       "[127.0.0.1]",
                                       "localhost:80:80",
                                       "localhost:http",
                                       "localhost ",
                                       "*"}) {
            CAPTURE(host);
            CHECK_FALSE(hosts.allows(host));
        }
    }

    TEST_CASE("allowed · a star lets every name in")
    {
        host_policy const hosts{{"a.example", "*"}};
        CHECK(hosts.allows("foreign.example"));
        CHECK(hosts.allows(""));
    }

    TEST_CASE("names · have no port")
    {
        for (auto const* const name : {"hub.example", "hub", "a_b.example", "*"}) {
            CHECK(is_host_name(name));
        }
        for (auto const* const name : {"", "hub:80", "http://hub", "*.example", "a b", "[::1]"}) {
            CAPTURE(name);
            CHECK_FALSE(is_host_name(name));
        }
    }
}
