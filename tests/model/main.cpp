// Random operations on a hub against a reference that is too simple to be wrong. `SLUICE_MODEL_STEPS` says how many
// steps are taken in all, `SLUICE_MODEL_SEED` the first seed: `SLUICE_MODEL_SEED=4711 SLUICE_MODEL_STEPS=1` plays the
// script of one seed again.

#include "run.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

/// The variable's number, else the default; 1 ends the program where it is none.
[[nodiscard]] std::uint64_t number_from(char const* variable, std::uint64_t otherwise)
{
    auto const* const text = std::getenv(variable);
    if (text == nullptr) {
        return otherwise;
    }
    std::string_view const digits{text};
    std::uint64_t value = 0;
    auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (ec != std::errc{} || end != digits.data() + digits.size()) {
        fmt::print(stderr, "{} is not a number: {}\n", variable, digits);
        std::exit(1);
    }
    return value;
}

void report(std::uint64_t seed, sluice::model::fault const& found)
{
    fmt::print("\nFAILED: seed {}, step {}: {}\n", seed, found.step, found.what);
    auto const fewer = sluice::model::shrink(sluice::model::draw_script(seed));
    auto const again = sluice::model::play(fewer, true);
    fmt::print("of {}\n", to_string(fewer.with));
    if (again) {
        for (auto const& line : again->story) {
            fmt::print("  {}\n", line);
        }
        fmt::print("in {} steps: {}\n", fewer.steps.size(), again->what);
    }
}

} // namespace

int main()
{
    // What ctest runs takes some seconds.
    auto const steps = number_from("SLUICE_MODEL_STEPS", 250'000);
    auto const first = number_from("SLUICE_MODEL_SEED", 1);
    fmt::print("SLUICE_MODEL_SEED={} SLUICE_MODEL_STEPS={}\n", first, steps);
    std::uint64_t taken = 0;
    auto seed = first;
    for (; taken < steps; ++seed) {
        auto const s = sluice::model::draw_script(seed);
        if (auto const found = sluice::model::play(s)) {
            report(seed, *found);
            fmt::print("{} steps were taken before\n", taken + found->step);
            return 1;
        }
        taken += s.steps.size();
    }
    fmt::print("{} steps of {} hubs agree with the reference\n", taken, seed - first);
}
