#include <sluice/http/session_cookie.hpp>

#include <sluice/handler.hpp>

#include <doctest/doctest.h>
#include <polled_hub.hpp>

#include <stdexcept>
#include <string>

namespace sluice {
namespace {

constexpr session_id its_session{.high = 1, .low = 2};

std::string cookie(std::string name, std::string path = "/", same_site sites = same_site::strict, bool secure = false)
{
    return make_cookie({.enabled = true, .name = std::move(name), .path = std::move(path), .same_site = sites},
                       its_session, secure);
}

TEST_SUITE_BEGIN("http/session_cookie");

TEST_CASE("make_cookie · has the options, and is Secure over TLS and where browsers demand it")
{
    std::string const value = "=00000000000000010000000000000002; Path=";
    CHECK(cookie("n") == "n" + value + "/; HttpOnly; SameSite=Strict; Max-Age=86400");
    CHECK(cookie("n", "/hub", same_site::lax, true) ==
          "n" + value + "/hub; HttpOnly; SameSite=Lax; Max-Age=86400; Secure");
    CHECK(cookie("n", "/", same_site::none).ends_with("SameSite=None; Max-Age=86400; Secure"));
    CHECK(cookie("__Host-n").ends_with("; Secure"));
    CHECK(cookie("__secure-n", "/hub").ends_with("; Secure"));
}

TEST_CASE("fault_of · names what a browser would not take, and the handler throws it")
{
    CHECK_FALSE(fault_of({}));
    CHECK_FALSE(fault_of({.enabled = true, .name = "__Host-n"}));
    CHECK(fault_of({.enabled = true, .name = "__Host-n", .path = "/hub"}));
    for (auto const* name : {"", "a b", "a=b", "a;b", "\xc3\xa4"}) {
        CAPTURE(name);
        CHECK(fault_of({.enabled = true, .name = name}));
    }
    for (auto const* path : {"", "hub", "/a;b", "/a b", "/\x01"}) {
        CAPTURE(path);
        CHECK(fault_of({.enabled = true, .name = "n", .path = path}));
    }
    test::polled_hub hub;
    handler_options options;
    options.cookie.path = "hub";
    CHECK_THROWS_AS((handler{hub.broker(), options}), std::invalid_argument);
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
