#pragma once

#include "given_option.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::server {

/// The contents of the command line.
struct command_line {
    given_options options;
    std::optional<std::string> config; ///< the file of options
    bool check_config = false;
    std::optional<early_exit> exit; ///< `--help` and `--version`
};

/// Reads the arguments, without the program's name. Throws `option_error` for an unknown option and for a flag without
/// its value.
[[nodiscard]] command_line read_command_line(std::vector<std::string> arguments);

} // namespace sluice::server
