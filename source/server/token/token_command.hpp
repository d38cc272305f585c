#pragma once

#include <span>
#include <string>

namespace sluice::server {

/// How `sluice token` ends.
struct token_outcome {
    int status = 0;
    std::string output{}; ///< for standard output
    std::string error{};  ///< for standard error: what is wrong with the command, as one line without a line end
};

/// Runs `sluice token`, whose arguments these are. The status is 2 for a wrong command, 1 for a file that cannot be
/// read or used and for a token that is refused.
[[nodiscard]] token_outcome run_token_command(std::span<std::string const> arguments);

/// `sluice token make`: returns the token. Throws `option_error`.
[[nodiscard]] std::string make_token(std::span<std::string const> arguments);

/// `sluice token check`. Throws `option_error`.
[[nodiscard]] token_outcome check_token(std::span<std::string const> arguments);

} // namespace sluice::server
