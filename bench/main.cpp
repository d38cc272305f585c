#include <benchmark/benchmark.h>

#include <cstdlib>
#include <iostream>

namespace {

/// Shows the results as asked for, tells errors on standard error too, and notes whether there was one, which Google
/// Benchmark's own `main` leaves out of its exit status.
class noting_reporter final : public benchmark::BenchmarkReporter {
public:
    [[nodiscard]] bool any_failed() const noexcept { return any_failed_; }

    bool ReportContext(Context const& context) override { return shown_.ReportContext(context); }
    void ReportRuns(std::vector<Run> const& runs) override
    {
        for (auto const& run : runs) {
            if (run.error_occurred) {
                any_failed_ = true;
                std::cerr << "bench: " << run.benchmark_name() << ": " << run.error_message << '\n';
            }
        }
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
    return matched == 0 || reporter.any_failed() ? EXIT_FAILURE : EXIT_SUCCESS;
}
