#pragma once

#include <sluice/http/problem.hpp>

#include <doctest/doctest.h>

#include <utility>

namespace sluice::test {

/// The value, which must be there.
template <class T>
[[nodiscard]] T value_of(expected<T> e)
{
    if (e.has_error()) {
        FAIL(e.error().detail);
    }
    return std::move(*e);
}

} // namespace sluice::test
