#include "toml_file.hpp"

#include "did_you_mean.hpp"
#include "option_error.hpp"
#include "text_file.hpp"

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

constexpr std::size_t most_bytes = std::size_t{1} << 20U;

[[nodiscard]] std::string_view name_of(toml_form form) noexcept
{
    switch (form) {
    case toml_form::flag:
        return "true or false";
    case toml_form::integer:
        return "an integer, without quotes";
    case toml_form::quantity:
        return "an integer or a string";
    case toml_form::text:
        break;
    }
    return "a string, in quotes";
}

/// The value as text, as on the command line; nothing if it has another form.
[[nodiscard]] std::optional<std::string> as_argument(toml_form form, toml::node const& value)
{
    bool const may_be_number = form == toml_form::integer || form == toml_form::quantity;
    bool const may_be_text = form == toml_form::text || form == toml_form::quantity;
    if (auto const* const number = value.as_integer(); number != nullptr && may_be_number) {
        return fmt::to_string(number->get());
    }
    if (auto const* const text = value.as_string(); text != nullptr && may_be_text) {
        return text->get();
    }
    if (auto const* const flag = value.as_boolean(); flag != nullptr && form == toml_form::flag) {
        return flag->get() ? "true" : "false";
    }
    return std::nullopt;
}

/// The option of this key; null if there is none, for example because the key has hyphens.
[[nodiscard]] declaration const* option_of(std::string_view key)
{
    auto const found = std::ranges::find(declarations(), key, &declaration::key);
    return found == declarations().end() ? nullptr : &*found;
}

[[nodiscard]] given_option to_option(std::string const& path, toml::key const& key, toml::node const& value)
{
    auto const* const option = option_of(key.str());
    if (option == nullptr) {
        std::vector<std::string> known;
        std::ranges::transform(declarations(), std::back_inserter(known), &declaration::key);
        throw option_error(fmt::format("{}: line {}: '{}' is not an option{}", path, key.source().begin.line, key.str(),
                                       did_you_mean(key.str(), known)));
    }
    given_option given{.option = option,
                       .values = {},
                       .where = fmt::format("{}: line {}: {}", path, key.source().begin.line, key.str())};
    auto const add = [&given](toml::node const& one) {
        auto argument = as_argument(given.option->form, one);
        if (!argument) {
            throw option_error(fmt::format("{}: the value is not {}", given.where, name_of(given.option->form)));
        }
        given.values.push_back(std::move(*argument));
    };
    if (auto const* const array = value.as_array(); array != nullptr && option->repeatable) {
        std::ranges::for_each(*array, add);
    } else {
        add(value);
    }
    return given;
}

} // namespace

given_options read_toml_file(std::string const& path, reading when)
{
    auto const text = read_text("--config", path, when, most_bytes);
    if (when == reading::again && text.find_first_not_of(" \t\r\n") == std::string::npos) {
        throw option_error(fmt::format("--config: {} is empty", path), option_error::status::unreadable);
    }
    given_options all;
    try {
        auto const file = toml::parse(text);
        for (auto const& [key, value] : file) {
            all.push_back(to_option(path, key, value));
        }
    } catch (toml::parse_error const& e) {
        throw option_error(fmt::format("{}: line {}: {}", path, e.source().begin.line, e.description()));
    }
    return all;
}

} // namespace sluice::server
