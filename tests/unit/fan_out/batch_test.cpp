#include <sluice/fan_out/batch.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <string>
#include <vector>

namespace sluice {
namespace {

using test::stamped;

batch_ptr make_batch(std::vector<frame const*> const& frames, bool replayed, position to)
{
    return batch_ptr{new batch{frames, replayed, to}};
}

TEST_SUITE_BEGIN("fan_out/batch");

TEST_CASE("find · a complete batch serves for ever, an open one only while the log has not gone on")
{
    auto const f = stamped(1);
    batch_cache cache;
    batch_cache::key const open{.from = 0, .until = 99, .replayed = false};
    batch_cache::key const whole{.from = 1, .until = 99, .replayed = false};
    auto const first = make_batch({f.get()}, false, {1, 1});
    auto const second = make_batch({f.get()}, false, {2, 2});
    cache.store(open, first, false);
    cache.store(whole, second, true);
    CHECK(cache.find(open, {1, 1}) == first);
    CHECK_FALSE(cache.find(open, {2, 2}));
    CHECK(cache.find(whole, {2, 2}) == second);
    CHECK(cache.find(whole, {9, 9}) == second);
    cache.clear();
    CHECK_FALSE(cache.find(whole, {2, 2}));
}

TEST_CASE("find · every part of the key counts")
{
    auto const f = stamped(1);
    batch_cache cache;
    auto const r = make_batch({f.get()}, true, {1, 1});
    cache.store({.from = 0, .until = 1, .replayed = true}, r, true);
    CHECK(cache.find({.from = 0, .until = 1, .replayed = true}, {1, 1}) == r);
    CHECK_FALSE(cache.find({.from = 1, .until = 1, .replayed = true}, {1, 1}));
    CHECK_FALSE(cache.find({.from = 0, .until = 2, .replayed = true}, {1, 1}));
    CHECK_FALSE(cache.find({.from = 0, .until = 1, .replayed = false}, {1, 1}));
}

TEST_CASE("store · replaces the batch of the same key and lets the oldest go for another")
{
    auto const f = stamped(1);
    batch_cache cache;
    auto const key = [](std::uint64_t from) { return batch_cache::key{from, 99, false}; };
    auto const older = make_batch({f.get()}, false, {1, 1});
    auto const newer = make_batch({f.get(), f.get()}, false, {2, 2});
    cache.store(key(0), older, false);
    cache.store(key(0), newer, false);
    CHECK(cache.find(key(0), {2, 2}) == newer);
    for (std::uint64_t from = 1; from != 4; ++from) {
        cache.store(key(from), older, true);
    }
    CHECK(cache.find(key(0), {2, 2}) == newer);
    cache.store(key(4), older, true);
    CHECK_FALSE(cache.find(key(0), {2, 2}));
    CHECK(cache.find(key(4), {9, 9}) == older);
}

TEST_CASE("find_same · a batch of just these frames that leads to just that position")
{
    auto const one = stamped(1);
    auto const two = stamped(2);
    std::vector<frame const*> const both{one.get(), two.get()};
    batch_cache cache;
    auto const r = make_batch({one.get(), two.get()}, false, {2, 2});
    CHECK_FALSE(cache.find_same(both, false, {2, 2}));
    cache.store(r);
    CHECK(cache.find_same(both, false, {2, 2}) == r);
    CHECK_FALSE(cache.find_same(both, true, {2, 2}));
    CHECK_FALSE(cache.find_same(both, false, {2, 3}));
    CHECK_FALSE(cache.find_same(std::span{both}.first(1), false, {2, 2}));
    std::vector<frame const*> const twice{one.get(), one.get()};
    CHECK_FALSE(cache.find_same(twice, false, {2, 2}));
}

TEST_CASE("store · the oldest of the batches behind filters gives way")
{
    auto const f = stamped(1);
    std::vector<frame const*> const frames{f.get()};
    batch_cache cache;
    for (std::uint64_t to = 1; to != 6; ++to) {
        cache.store(make_batch({f.get()}, false, {to, to}));
    }
    CHECK_FALSE(cache.find_same(frames, false, {1, 1}));
    CHECK(cache.find_same(frames, false, {2, 2}));
    CHECK(cache.find_same(frames, false, {5, 5}));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
