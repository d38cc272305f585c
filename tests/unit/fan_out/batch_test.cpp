#include <sluice/fan_out/batch.hpp>

#include <doctest/doctest.h>
#include <fixtures.hpp>

#include <string>
#include <vector>

namespace sluice {
namespace {

using test::stamped;

batch_ptr make_batch(std::vector<frame const*> const& frames, bool replayed)
{
    return batch_ptr{new batch{frames, replayed}};
}

TEST_SUITE_BEGIN("fan_out/batch");

TEST_CASE("find · a complete batch serves for ever, an open one only while it reaches to the newest broadcast")
{
    auto const one = stamped(1);
    auto const two = stamped(2);
    batch_cache cache;
    batch_cache::key const open{.from = 1, .until = 99, .replayed = false};
    batch_cache::key const whole{.from = 2, .until = 99, .replayed = false};
    auto const first = make_batch({one.get()}, false);
    auto const second = make_batch({two.get()}, false);
    cache.store(open, first, false);
    cache.store(whole, second, true);
    CHECK(cache.find(open, 1) == first);
    CHECK_FALSE(cache.find(open, 2));
    CHECK(cache.find(whole, 2) == second);
    CHECK(cache.find(whole, 9) == second);
    cache.clear();
    CHECK_FALSE(cache.find(whole, 2));
}

TEST_CASE("find · every part of the key counts")
{
    auto const f = stamped(1);
    batch_cache cache;
    auto const r = make_batch({f.get()}, true);
    cache.store({.from = 0, .until = 1, .replayed = true}, r, true);
    CHECK(cache.find({.from = 0, .until = 1, .replayed = true}, 1) == r);
    CHECK_FALSE(cache.find({.from = 1, .until = 1, .replayed = true}, 1));
    CHECK_FALSE(cache.find({.from = 0, .until = 2, .replayed = true}, 1));
    CHECK_FALSE(cache.find({.from = 0, .until = 1, .replayed = false}, 1));
}

TEST_CASE("store · replaces the batch of the same key and lets the oldest go for another")
{
    auto const one = stamped(1);
    auto const two = stamped(2);
    batch_cache cache;
    auto const key = [](std::uint64_t from) { return batch_cache::key{from, 99, false}; };
    auto const older = make_batch({one.get()}, false);
    auto const newer = make_batch({one.get(), two.get()}, false);
    cache.store(key(0), older, false);
    cache.store(key(0), newer, false);
    CHECK(cache.find(key(0), 2) == newer);
    for (std::uint64_t from = 1; from != 4; ++from) {
        cache.store(key(from), older, true);
    }
    CHECK(cache.find(key(0), 2) == newer);
    cache.store(key(4), older, true);
    CHECK_FALSE(cache.find(key(0), 2));
    CHECK(cache.find(key(4), 9) == older);
}

TEST_CASE("find_same · a batch of just these frames")
{
    auto const one = stamped(1);
    auto const two = stamped(2);
    std::vector<frame const*> const both{one.get(), two.get()};
    batch_cache cache;
    auto const r = make_batch({one.get(), two.get()}, false);
    CHECK(r->to() == 2);
    CHECK_FALSE(cache.find_same(both, false));
    cache.store(r);
    CHECK(cache.find_same(both, false) == r);
    CHECK_FALSE(cache.find_same(both, true));
    CHECK_FALSE(cache.find_same(std::span{both}.first(1), false));
    std::vector<frame const*> const twice{one.get(), one.get()};
    CHECK_FALSE(cache.find_same(twice, false));
}

TEST_CASE("store · the oldest of the batches behind filters gives way")
{
    batch_cache cache;
    std::vector<shared_frame> all;
    auto const find = [&](std::size_t i) {
        std::vector<frame const*> const frames{all[i].get()};
        return cache.find_same(frames, false);
    };
    for (std::uint64_t sequence = 1; sequence != 6; ++sequence) {
        all.push_back(stamped(sequence));
        cache.store(make_batch({all.back().get()}, false));
    }
    CHECK_FALSE(find(0));
    CHECK(find(1));
    CHECK(find(4));
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
