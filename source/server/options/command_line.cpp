#include "command_line.hpp"

#include "did_you_mean.hpp"
#include "help.hpp"
#include "option_error.hpp"
#include <sluice/version.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::server {
namespace {

/// The values given for the option: the last one, or all if it is repeatable.
[[nodiscard]] std::vector<std::string> values_of(declaration const& d, std::vector<std::string> const& all)
{
    if (!d.repeatable) {
        return {all.back()};
    }
    std::vector<std::string> values;
    for (auto const& one : all) {
        std::ranges::move(split_list(one), std::back_inserter(values));
    }
    return values;
}

/// Names the first argument that is not ours, but not its value, which may be a token.
[[noreturn]] void refuse(std::string const& argument)
{
    auto const name = argument.substr(0, argument.find('='));
    std::vector<std::string> known;
    std::ranges::transform(declarations(), std::back_inserter(known), &declaration::flag);
    std::ranges::transform(commands(), std::back_inserter(known),
                           [](command const& c) { return "--" + std::string{c.flag}; });
    throw option_error(fmt::format("'{}' is not an option{}; --help lists them", name, did_you_mean(name, known)));
}

} // namespace

command_line read_command_line(std::vector<std::string> arguments)
{
    CLI::App app;
    // Unknown arguments are reported by this file, not by the parser.
    app.allow_extras();
    app.set_help_flag("--help");
    auto const version_line = fmt::format("sluice {}\n", version_string);
    app.set_version_flag("--version", version_line);
    auto const* const config = app.add_option("--config")->take_last()->type_name("PATH");
    auto const* const check_config = app.add_flag("--check-config")->disable_flag_override();
    std::vector<std::pair<declaration const*, CLI::Option const*>> flags;
    for (auto const& d : declarations()) {
        auto const names = d.letter == 0 ? d.flag() : fmt::format("-{},{}", d.letter, d.flag());
        auto* const flag = d.is_switch() ? app.add_flag(names) : app.add_option(names);
        flags.emplace_back(&d, flag->take_all()->type_name(d.placeholder));
    }
    command_line line;
    try {
        std::ranges::reverse(arguments);
        app.parse(std::move(arguments));
    } catch (CLI::CallForHelp const&) {
        line.exit = early_exit{0, help_text()};
        return line;
    } catch (CLI::CallForVersion const&) {
        line.exit = early_exit{0, version_line};
        return line;
    } catch (CLI::ParseError const& e) {
        // The only errors left are a flag without its value and a value for a flag that takes none.
        std::string_view const what = e.what();
        auto const flag = what.substr(0, what.find_first_of(": "));
        bool const lacks_value = what.starts_with(fmt::format("{}:", flag));
        auto const* const hyphens = flag.starts_with("--") ? "" : "--";
        throw option_error(
            fmt::format("{}{}: {}", hyphens, flag, lacks_value ? "its value is missing" : "it takes no value"));
    }
    if (auto const left = app.remaining(); !left.empty()) {
        refuse(left.front());
    }
    for (auto const& [option, flag] : flags) {
        if (flag->count() != 0) {
            line.options.push_back(
                {.option = option, .values = values_of(*option, flag->results()), .where = option->flag()});
        }
    }
    if (config->count() != 0) {
        line.config = config->results().back();
    }
    line.check_config = check_config->count() != 0;
    return line;
}

} // namespace sluice::server
