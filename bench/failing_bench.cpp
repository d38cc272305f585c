#include <benchmark/benchmark.h>

namespace {

/// Reports an error, for the test that the program then fails.
void failing(benchmark::State& state) { state.SkipWithError("as it should"); }
BENCHMARK(failing);

} // namespace
