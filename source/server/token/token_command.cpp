#include "token_command.hpp"

#include "options/option_error.hpp"
#include "token_options.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {
namespace {

[[nodiscard]] token_outcome run(std::span<std::string const> arguments)
{
    auto const wants_help = [](std::string const& one) { return one == "--help"; };
    if (std::ranges::any_of(arguments, wants_help)) {
        return {.output = token_help()};
    }
    if (arguments.empty()) {
        throw option_error("token: make or check is missing; sluice token --help describes them");
    }
    auto const rest = arguments.subspan(1);
    if (arguments.front() == "make") {
        return {.output = make_token(rest) + '\n'};
    }
    if (arguments.front() == "check") {
        return check_token(rest);
    }
    throw option_error(
        fmt::format("token: '{}' is neither make nor check; sluice token --help describes them", arguments.front()));
}

} // namespace

token_outcome run_token_command(std::span<std::string const> arguments)
{
    try {
        return run(arguments);
    } catch (option_error const& e) {
        return {.status = e.exit_status(), .error = one_line(e.what())};
    }
}

} // namespace sluice::server
