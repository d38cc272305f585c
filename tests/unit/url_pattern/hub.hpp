#pragma once

#include <url_pattern/pattern.hpp>

#include <doctest/doctest.h>

#include <string_view>

namespace sluice::url_pattern::test {

/// The base of the tests that need no other.
inline base_url const& hub()
{
    static auto const base = base_url::parse("https://hub.example/");
    return *base;
}

/// The pattern, which is one.
inline pattern compiled(std::string_view text)
{
    CAPTURE(text);
    auto p = compile(text, hub());
    REQUIRE(p);
    return *p;
}

} // namespace sluice::url_pattern::test
