#pragma once

#include "operation.hpp"
#include "settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::model {

/// A hub and what is done with it, drawn from a seed.
struct script {
    settings with{};
    std::vector<operation> steps{};
};

[[nodiscard]] script draw_script(std::uint64_t seed);

/// What went wrong, and at which step.
struct fault {
    std::string what;
    std::size_t step = 0;
    /// The steps up to it, a line each, if they were asked for.
    std::vector<std::string> story{};
};

/// Plays the script on a new hub; nothing when hub and reference agree.
[[nodiscard]] std::optional<fault> play(script const& s, bool with_story = false);

/// The script without the steps that the fault does not need, as far as that can be found within so many tries.
[[nodiscard]] script shrink(script s, std::size_t tries = 400);

} // namespace sluice::model
