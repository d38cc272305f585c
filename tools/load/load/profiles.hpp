#pragma once

#include "experiment.hpp"

namespace sluice::load {

/// The profiles. Each fills the experiment's `result` and throws std::runtime_error when it cannot be carried out.
void run_prompt(experiment& run);
void run_flat(experiment& run);
void run_idle(experiment& run);
void run_resume(experiment& run);
void run_stall(experiment& run);
void run_churn(experiment& run);

} // namespace sluice::load
