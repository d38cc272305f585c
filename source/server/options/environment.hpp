#pragma once

#include "given_option.hpp"

#include <string>
#include <vector>

namespace sluice::server {

/// The options in the environment. Neither function may run while another thread changes the environment.
[[nodiscard]] given_options read_environment();

/// The names of the variables `SLUICE_...` that are not options and are therefore ignored; sorted.
[[nodiscard]] std::vector<std::string> unknown_variables();

} // namespace sluice::server
