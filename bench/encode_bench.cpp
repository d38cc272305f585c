#include <sluice/event/event.hpp>
#include <sluice/event/frame.hpp>

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace sluice;

std::string text(std::size_t size, std::size_t line)
{
    std::string data(size, 'x');
    for (std::size_t i = line; i < size; i += line + 1) {
        data[i] = '\n';
    }
    return data;
}

/// Validates an event and makes its bytes, once for all subscribers.
void encode(benchmark::State& state)
{
    auto const size = static_cast<std::size_t>(state.range(0));
    auto const line = static_cast<std::size_t>(state.range(1));
    event const e{.id = "", .type = "update", .data = text(size, line)};
    std::uint64_t sequence = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(validate(e, std::size_t{1} << 20U));
        auto const f = frame::make(e, {}, {});
        f->stamp({.hi = 1, .lo = ++sequence});
        benchmark::DoNotOptimize(f->live().data());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(encode)
    ->ArgNames({"bytes", "line"})
    ->Args({32, 1'000'000'000})
    ->Args({256, 1'000'000'000})
    ->Args({4096, 1'000'000'000})
    ->Args({4096, 40})
    ->Args({1'048'576, 1'000'000'000})
    ->Args({1'048'576, 80});

} // namespace
