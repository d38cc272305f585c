#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace {

/// Shows the results as asked for, and notes whether a benchmark reported an error, which Google Benchmark's own
/// `main` does not tell.
class noting_reporter final : public benchmark::BenchmarkReporter {
public:
    [[nodiscard]] bool any_failed() const noexcept { return any_failed_; }

    bool ReportContext(Context const& context) override { return shown_.ReportContext(context); }
    void ReportRuns(std::vector<Run> const& runs) override
    {
        any_failed_ = any_failed_ || std::ranges::any_of(runs, &Run::error_occurred);
        shown_.ReportRuns(runs);
    }
    void Finalize() override { shown_.Finalize(); }

private:
    benchmark::BenchmarkReporter& shown_ = *benchmark::CreateDefaultDisplayReporter();
    bool any_failed_ = false;
};

} // namespace

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return EXIT_FAILURE;
    }
    noting_reporter reporter;
    auto const matched = benchmark::RunSpecifiedBenchmarks(&reporter);
    benchmark::Shutdown();
    if (matched == 0 || reporter.any_failed()) {
        std::cerr << (matched == 0 ? "bench: no benchmark matches\n" : "bench: a benchmark reported an error\n");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
