#pragma once

#include "given_option.hpp"

#include <string>
#include <vector>

namespace sluice::server {

/// What the environment says of the options. Not while another thread changes it, as all here.
[[nodiscard]] given_options read_environment();

/// The variables `SLUICE_...` that are none of the server's, and so are ignored; sorted.
[[nodiscard]] std::vector<std::string> unknown_variables();

} // namespace sluice::server
