#pragma once

#include "options.hpp"

#include <string>

namespace sluice::server {

/// The options as a file for `--config`: every value that is set, defaults too; what is not set, and secrets, masked,
/// as comments, and so are the variables `SLUICE_...` that the environment has and no option is.
[[nodiscard]] std::string in_force_text(options const& o);

} // namespace sluice::server
