#include "../load/cookie_jar.hpp"

#include <doctest/doctest.h>

#include <string>

using sluice::load::cookie_jar;

namespace {

std::string after(std::initializer_list<const char*> heads)
{
    cookie_jar jar;
    for (const auto* head : heads) {
        jar.take(std::string("HTTP/1.1 200 OK\r\n") + head + "\r\n");
    }
    return jar.pairs();
}

} // namespace

TEST_SUITE_BEGIN("load/cookie_jar");

TEST_CASE("a cookie goes back without its attributes")
{
    CHECK(after({"Set-Cookie: s=1a; Path=/; HttpOnly\r\n"}) == "s=1a");
    CHECK(after({"X: y\r\nset-cookie:s=1\r\nZ: z\r\n"}) == "s=1");
    CHECK(after({"Content-Type: text/event-stream\r\n"}).empty());
}

TEST_CASE("several cookies go back together, each with its last value")
{
    CHECK(after({"Set-Cookie: a=1\r\nSet-Cookie: b=2; Secure\r\n"}) == "a=1; b=2");
    CHECK(after({"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n", "Set-Cookie: a=3\r\n"}) == "b=2; a=3");
    CHECK(after({"Set-Cookie: a=1\r\nSet-Cookie: ab=2\r\n", "Set-Cookie: a=\r\n"}) == "ab=2; a=");
}

TEST_CASE("what is no cookie, or takes one away, leaves none")
{
    CHECK(after({"Set-Cookie:\r\nSet-Cookie: =x\r\nSet-Cookie: x\r\n"}).empty());
    CHECK(after({"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n", "Set-Cookie: b=; Path=/; max-age=0\r\n"}) == "a=1");
    CHECK(after({"Set-Cookie: a=1; Max-Age=09\r\nSet-Cookie: b=max-age=0\r\n"}) == "a=1; b=max-age=0");
}

TEST_CASE("a jar that was emptied has nothing")
{
    cookie_jar jar;
    jar.take("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\n");
    jar.clear();
    CHECK(jar.pairs().empty());
}

TEST_SUITE_END();
