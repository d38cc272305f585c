#include "toml_config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::server {
namespace {

[[noreturn]] void refuse(std::string const& what)
{
    throw CLI::ParseError("--config: " + what, CLI::ExitCodes::InvalidError);
}

/// The value as it would stand on the command line; nothing for a kind of value that no option has.
[[nodiscard]] std::optional<std::string> as_argument(toml::node const& value)
{
    if (auto const* const text = value.as_string()) {
        return text->get();
    }
    if (auto const* const number = value.as_integer()) {
        return fmt::to_string(number->get());
    }
    if (auto const* const flag = value.as_boolean()) {
        return flag->get() ? "true" : "false";
    }
    return std::nullopt;
}

/// The flag of a key; throws for a key that names no option, also for one that is spelt with hyphens.
[[nodiscard]] std::string flag_of(std::string_view key, CLI::App const& app)
{
    std::string flag{key};
    std::ranges::replace(flag, '_', '-');
    if (key.find('-') != std::string_view::npos || app.get_option_no_throw("--" + flag) == nullptr) {
        refuse(fmt::format("'{}' is no option", key));
    }
    return flag;
}

[[nodiscard]] CLI::ConfigItem to_item(std::string name, std::string_view key, toml::node const& value)
{
    CLI::ConfigItem item;
    item.name = std::move(name);
    auto const add = [&](toml::node const& one) {
        auto argument = as_argument(one);
        if (!argument) {
            refuse(fmt::format("the value of '{}' is of a kind that no option has", key));
        }
        item.inputs.push_back(std::move(*argument));
    };
    if (auto const* const array = value.as_array()) {
        std::ranges::for_each(*array, add);
    } else {
        add(value);
    }
    return item;
}

} // namespace

std::vector<CLI::ConfigItem> toml_config::from_config(std::istream& in) const
{
    std::vector<CLI::ConfigItem> found;
    // As one text, because the parser seeks and a pipe cannot.
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    try {
        auto const file = toml::parse(text);
        for (auto const& [key, value] : file) {
            found.push_back(to_item(flag_of(key.str(), app_), key.str(), value));
        }
    } catch (toml::parse_error const& e) {
        refuse(fmt::format("line {}: {}", e.source().begin.line, e.description()));
    }
    return found;
}

} // namespace sluice::server
