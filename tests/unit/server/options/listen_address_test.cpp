#include <options/listen_address.hpp>

#include <doctest/doctest.h>

using namespace sluice::server;

TEST_SUITE("server/listen address")
{
    TEST_CASE("addresses · are read, and written as they are read")
    {
        for (auto const* const text : {"127.0.0.1:8080", "[::1]:0", "0.0.0.0:1", "[::]:65535", "unix:/run/s.sock"}) {
            CAPTURE(text);
            auto const address = parse_listen_address(text);
            REQUIRE(address);
            CHECK(to_string(*address) == text);
        }
        CHECK(parse_listen_address("localhost:1") == parse_listen_address("127.0.0.1:1"));
        CHECK(parse_listen_address(":8080") == parse_listen_address("[::]:8080"));
    }

    TEST_CASE("local sockets · may have permissions")
    {
        auto const mode = [](char const* text) {
            auto const address = parse_listen_address(text);
            return address ? std::get<local_address>(*address).mode : std::optional<unsigned>{~0U};
        };
        CHECK(mode("unix:/s") == std::nullopt);
        CHECK(mode("unix:/s?mode=0660") == 0660U);
        CHECK(mode("unix:/s?mode=600") == 0600U);
        CHECK(to_string(*parse_listen_address("unix:/s?mode=0660")) == "unix:/s");
        for (auto const* const text :
             {"unix:", "unix:?mode=0660", "unix:/s?", "unix:/s?mode", "unix:/s?mode=", "unix:/s?mode=0888",
              "unix:/s?mode=1777", "unix:/s?mode=-1", "unix:/s?mode=660x", "unix:/s?colour=red", "unix:/s?mode=1?"}) {
            CAPTURE(text);
            CHECK_FALSE(parse_listen_address(text));
        }
    }

    TEST_CASE("open to others · is what is no loopback")
    {
        for (auto const* const text : {":1", "0.0.0.0:1", "[::]:1", "192.0.2.1:1"}) {
            CHECK(is_open_to_others(*parse_listen_address(text)));
        }
        for (auto const* const text : {"127.1.2.3:1", "[::1]:1", "unix:/s"}) {
            CHECK_FALSE(is_open_to_others(*parse_listen_address(text)));
        }
    }

    TEST_CASE("no address · is refused")
    {
        for (auto const* const text : {"", ":", "8080", "x:1", "::1:1", "[::1]", "127.0.0.1", "127.0.0.1:65536",
                                       "127.0.0.1:", "[127.0.0.1]:1", "127.0.0.1:-1", "[]:1"}) {
            CAPTURE(text);
            CHECK_FALSE(parse_listen_address(text));
        }
    }
}
