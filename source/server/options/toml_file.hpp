#pragma once

#include "given_option.hpp"

#include <string>

namespace sluice::server {

/// Reads the file of options with a strict TOML parser. Keys are the names of flags with underscores for hyphens;
/// values are strings, integers, booleans, or arrays of them. Throws `option_error`, which names the file and the line
/// or the key.
[[nodiscard]] given_options read_toml_file(std::string const& path, reading when);

} // namespace sluice::server
