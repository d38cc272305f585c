#include <mercure/reserved_topic.hpp>

#include <doctest/doctest.h>

namespace sluice::server::mercure {
namespace {

TEST_SUITE_BEGIN("server/mercure/reserved_topic");

TEST_CASE("is_reserved · whatever leads to the hub's path or below it, on any host")
{
    for (auto const* const topic : {"/.well-known/mercure",
                                    "/.well-known/mercure/",
                                    "/.well-known/mercure/subscriptions/a/b",
                                    "https://hub.example/.well-known/mercure",
                                    "http://other.example:81/.well-known/mercure/x?y#z",
                                    "//other.example/.well-known/mercure",
                                    "HTTPS://HUB.EXAMPLE/.well-known/mercure",
                                    "/.well-known/%6Dercure",
                                    "/.well-known/%6dercure/a",
                                    "/%2Ewell-known/mercur%65",
                                    "/.well-known/./mercure",
                                    "/a/../.well-known/mercure",
                                    "/.well-known/a/%2e%2e/mercure",
                                    "\\.well-known\\mercure",
                                    "https:\\\\hub.example\\.well-known\\mercure",
                                    "mercure",
                                    "mercure/a",
                                    "./mercure",
                                    "../.well-known/mercure",
                                    "",
                                    "?a",
                                    "#a",
                                    "  /.well-known/mercure  ",
                                    "custom://host/.well-known/mercure",
                                    "custom:/.well-known/mercure"}) {
        CAPTURE(topic);
        CHECK(is_reserved(topic));
    }
}

TEST_CASE("is_reserved · not what is beside it")
{
    for (auto const* const topic :
         {"a", "a/mercure", "/mercure", "/.well-known", "/.well-known/", "/.well-known/mercurex",
          "/.well-known/Mercure", "/.well-known%2Fmercure", "/.well-known/mercure%2Fa", "/a/.well-known/mercure",
          "mercure%20", "mercures", "urn:uuid:5", "urn:.well-known/mercure", "https://x.example/?/.well-known/mercure",
          "https://[", "presence/a"}) {
        CAPTURE(topic);
        CHECK_FALSE(is_reserved(topic));
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server::mercure
