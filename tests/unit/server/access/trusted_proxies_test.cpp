#include <access/trusted_proxies.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sluice::server;

namespace {

using strings = std::vector<std::string>;

struct proxy_row {
    char const* name;
    strings forwarded;
    strings x_forwarded_for;
    char const* client;
};

std::vector<proxy_row> const proxy_rows{
    {"nothing", {}, {}, "10.0.0.1"},
    {"one address", {}, {"192.0.2.1"}, "192.0.2.1"},
    {"the rightmost counts", {}, {"198.51.100.1, 192.0.2.1"}, "192.0.2.1"},
    {"a trusted one on its right", {}, {"198.51.100.1,192.0.2.1, 10.1.2.3"}, "192.0.2.1"},
    {"several lines are one list", {}, {"192.0.2.1", "10.1.2.3"}, "192.0.2.1"},
    {"all trusted", {}, {"10.1.2.3, 10.1.2.4"}, "10.0.0.1"},
    {"what is none is absent", {}, {"192.0.2.1, unknown, , 300.1.1.1"}, "192.0.2.1"},
    {"with a port", {}, {"192.0.2.1:4711"}, "192.0.2.1"},
    {"IPv6", {}, {"2001:db8::1"}, "2001:db8::1"},
    {"IPv6 with a port", {}, {"[2001:db8::1]:4711"}, "2001:db8::1"},
    {"IPv4 in IPv6", {}, {"::ffff:192.0.2.1"}, "192.0.2.1"},
    {"Forwarded", {"for=192.0.2.1"}, {}, "192.0.2.1"},
    {"Forwarded before X-Forwarded-For", {"for=192.0.2.1"}, {"192.0.2.2"}, "192.0.2.1"},
    {"Forwarded with more", {"proto=https;For=\"192.0.2.1:4711\" ; by=10.0.0.1"}, {}, "192.0.2.1"},
    {"Forwarded with IPv6", {"for=\"[2001:db8::1]:4711\""}, {}, "2001:db8::1"},
    {"Forwarded, the rightmost", {"for=198.51.100.1, for=192.0.2.1;by=_x, for=10.0.0.9"}, {}, "192.0.2.1"},
    {"Forwarded without an address", {"for=_hidden, for=unknown"}, {"192.0.2.2"}, "192.0.2.2"},
    {"an open quotation mark hides nothing", {"for=\"198.51.100.1, for=192.0.2.1"}, {}, "192.0.2.1"},
    {"nor does one that is escaped", {"for=\"\\\", for=192.0.2.1"}, {}, "192.0.2.1"},
    {"a comma within quotes", {"for=192.0.2.1;x=\"a, for=192.0.2.9\""}, {}, "192.0.2.1"},
};

} // namespace

TEST_SUITE("server/trusted proxies")
{
    TEST_CASE("client · the rightmost address that is no trusted proxy")
    {
        trusted_proxies const proxies{{"10.0.0.0/8"}};
        for (auto const& r : proxy_rows) {
            CAPTURE(r.name);
            boost::beast::http::fields head;
            for (auto const& value : r.forwarded) {
                head.insert("Forwarded", value);
            }
            for (auto const& value : r.x_forwarded_for) {
                head.insert("X-Forwarded-For", value);
            }
            CHECK(proxies.client("10.0.0.1", head) == r.client);
            // Another peer's word counts for nothing.
            CHECK(proxies.client("11.0.0.1", head) == "11.0.0.1");
            CHECK(proxies.client("", head).empty());
            CHECK(trusted_proxies{{}}.client("10.0.0.1", head) == "10.0.0.1");
        }
    }

    TEST_CASE("ranges · of both families, and single addresses")
    {
        boost::beast::http::fields head;
        head.insert("X-Forwarded-For", "192.0.2.1");
        for (auto const* const range : {"fd00::/8", "fd00::1", "fd00::1/128"}) {
            CAPTURE(range);
            CHECK(trusted_proxies{{range}}.client("fd00::1", head) == "192.0.2.1");
            CHECK(trusted_proxies{{range}}.client("fe00::1", head) == "fe00::1");
        }
        CHECK(trusted_proxies{{"10.1.1.1/8"}}.client("10.2.2.2", head) == "192.0.2.1");
        CHECK(trusted_proxies{{"127.0.0.1"}}.client("127.0.0.1", head) == "192.0.2.1");
        for (auto const* const text : {"", "x", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/", "/8", "*"}) {
            CAPTURE(text);
            CHECK_FALSE(parse_address_range(text));
        }
    }
}
