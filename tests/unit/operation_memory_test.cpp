#include <sluice/operation_memory.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>

namespace sluice {
namespace {

[[nodiscard]] bool is_in(operation_memory const& m, void const* p)
{
    auto const* const begin = reinterpret_cast<std::byte const*>(&m);
    auto const* const place = static_cast<std::byte const*>(p);
    return std::less_equal<>{}(begin, place) && std::less<>{}(place, begin + sizeof m);
}

TEST_SUITE_BEGIN("operation_memory");

TEST_CASE("allocate · one operation at a time is in place, again and again")
{
    operation_memory m;
    for (int i = 0; i != 3; ++i) {
        void* const p = m.allocate(64);
        CHECK(is_in(m, p));
        CHECK(reinterpret_cast<std::uintptr_t>(p) % alignof(std::max_align_t) == 0);
        m.deallocate(p);
    }
}

TEST_CASE("allocate · a second operation, and one that is too large, go to the heap")
{
    operation_memory m;
    void* const large = m.allocate(4096);
    CHECK_FALSE(is_in(m, large));
    void* const first = m.allocate(64);
    void* const second = m.allocate(64);
    CHECK(is_in(m, first));
    CHECK_FALSE(is_in(m, second));
    m.deallocate(second);
    m.deallocate(large);
    m.deallocate(first);
    void* const again = m.allocate(64);
    CHECK(is_in(m, again));
    m.deallocate(again);
}

TEST_CASE("allocator · of any type gives the same memory")
{
    operation_memory m;
    operation_memory::allocator<void> const any{m};
    operation_memory::allocator<long> of_long{any};
    auto* const p = of_long.allocate(4);
    CHECK(is_in(m, p));
    of_long.deallocate(p, 4);
    CHECK(of_long == operation_memory::allocator<long>{m});
    operation_memory other;
    CHECK_FALSE(of_long == operation_memory::allocator<long>{other});
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
