#pragma once

#include "options.hpp"

#include <string>

namespace sluice::server {

/// The options as a file for `--config`: every value that is set, including defaults. Comments contain what is not set,
/// secrets, masked, and the variables `SLUICE_...` in the environment that are not options.
[[nodiscard]] std::string in_force_text(options const& o);

} // namespace sluice::server
