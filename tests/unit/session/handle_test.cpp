#include <sluice/session/handle.hpp>

#include <doctest/doctest.h>

#include <string>

namespace sluice {
namespace {

TEST_SUITE_BEGIN("session/handle");

TEST_CASE("handle_of · 12 hexadecimal digits, one for each session, that tell nothing of the id")
{
    handle_key const key;
    session_id const id{.high = 0x0123456789abcdef, .low = 0xfedcba9876543210};
    auto const handle = key.handle_of(id);
    CHECK(handle.size() == 12);
    CHECK(handle.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(key.handle_of(id) == handle);
    CHECK(key.handle_of({.high = id.high, .low = id.low + 1}) != handle);
    CHECK(to_string(id).find(handle) == std::string::npos);
}

TEST_CASE("handle_of · cannot be made without the key")
{
    CHECK(handle_key{}.handle_of({.high = 1, .low = 2}) != handle_key{}.handle_of({.high = 1, .low = 2}));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
