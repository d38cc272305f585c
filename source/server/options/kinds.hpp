#pragma once

#include "declaration.hpp"
#include "values.hpp"

#include <fmt/format.h>

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::server {

/// How values of one kind are read and written.
template <class T>
struct value_kind {
    std::string placeholder;
    /// What a value must be, for the error about a wrong one: `a size like 64KiB`.
    std::string expected;
    std::function<std::optional<T>(std::string const&)> read;
    std::function<std::string(T const&)> write;
    /// The value that means "not set".
    std::optional<T> unset = std::nullopt;
    toml_form form = toml_form::text;
};

[[nodiscard]] inline value_kind<std::size_t> number(std::size_t least)
{
    return {.placeholder = "N",
            .expected = fmt::format("a number of at least {}", least),
            .read = [least](std::string const& text) -> std::optional<std::size_t> {
                auto const n = parse_number(text);
                return n && *n >= least ? n : std::nullopt;
            },
            .write = [](std::size_t n) { return std::to_string(n); },
            .form = toml_form::integer};
}

[[nodiscard]] inline value_kind<std::size_t> number(std::size_t least, std::size_t unset)
{
    auto kind = number(least);
    kind.unset = unset;
    return kind;
}

[[nodiscard]] inline value_kind<std::size_t> size()
{
    return {.placeholder = "SIZE",
            .expected = "a size like 65536, 64KiB or 1MiB",
            .read = parse_size,
            .write = size_text,
            .form = toml_form::quantity};
}

[[nodiscard]] inline value_kind<std::chrono::milliseconds> duration(std::chrono::milliseconds least = {})
{
    using ms = std::chrono::milliseconds;
    return {.placeholder = "DURATION",
            .expected = fmt::format("a duration{} like 250ms, 30s, 5m, 1h or 1d", least.count() == 0 ? "" : " above 0"),
            .read = [least](std::string const& text) -> std::optional<ms> {
                auto const d = parse_duration(text);
                return d && *d >= least ? d : std::nullopt;
            },
            .write = [](ms d) { return to_text(d); },
            .form = toml_form::quantity};
}

template <class T>
[[nodiscard]] value_kind<T> choice(std::string const& placeholder,
                                   std::vector<std::pair<std::string, T>> const& choices)
{
    std::string names;
    for (auto const& [name, value] : choices) {
        names.append(names.empty() ? "" : ", ").append(name);
    }
    return {.placeholder = placeholder,
            .expected = "one of " + names,
            .read = [choices](std::string const& text) -> std::optional<T> {
                for (auto const& [name, value] : choices) {
                    if (name == text) {
                        return value;
                    }
                }
                return std::nullopt;
            },
            .write =
                [choices](T const& wanted) {
                    for (auto const& [name, value] : choices) {
                        if (value == wanted) {
                            return name;
                        }
                    }
                    return std::string{};
                }};
}

[[nodiscard]] inline value_kind<std::string> text(std::string placeholder, std::string expected,
                                                  std::function<bool(std::string const&)> is_good)
{
    return {.placeholder = std::move(placeholder),
            .expected = std::move(expected),
            .read = [is_good = std::move(is_good)](std::string const& given) -> std::optional<std::string> {
                return is_good(given) ? std::optional{given} : std::nullopt;
            },
            .write = [](std::string const& value) { return value; },
            .unset = std::string{}};
}

[[nodiscard]] inline value_kind<std::string> path()
{
    return text("PATH", "a path", [](std::string const& given) { return !given.empty(); });
}

/// A switch. `when_on` is the member's value when the switch is given.
[[nodiscard]] inline value_kind<bool> on_off(bool when_on = true)
{
    return {.placeholder = {},
            .expected = "true or false",
            .read = [when_on](std::string const& given) -> std::optional<bool> {
                auto const on = parse_switch(given);
                return on ? std::optional{*on == when_on} : std::nullopt;
            },
            .write = [when_on](bool value) { return value == when_on ? "true" : "false"; },
            .form = toml_form::flag};
}

/// What is wrong with the text. It does not repeat a secret.
[[nodiscard]] inline std::string refusal(option_traits const& traits, std::string_view given, std::string_view expected)
{
    if (given.empty()) {
        return fmt::format("an empty value is not {}", expected);
    }
    return traits.secret ? fmt::format("the value is not {}", expected)
                         : fmt::format("'{}' is not {}", given, expected);
}

template <class T>
[[nodiscard]] bool is_unset(value_kind<T> const& kind, T const& value)
{
    if constexpr (std::equality_comparable<T>) {
        return kind.unset == value;
    } else {
        return false;
    }
}

/// An option with one value; `at(o)` is its member of the options.
template <class T, class At>
[[nodiscard]] declaration declare(std::string name, value_kind<T> const& kind, At at, option_traits traits)
{
    declaration d;
    static_cast<option_traits&>(d) = std::move(traits);
    d.name = std::move(name);
    d.placeholder = kind.placeholder;
    d.form = kind.form;
    d.set = [kind, at, said = static_cast<option_traits const&>(d)](
                options& o, std::vector<std::string> const& given) -> std::optional<std::string> {
        if (given.size() != 1) {
            return fmt::format("it takes one value, {}", kind.expected);
        }
        auto value = kind.read(given.front());
        if (!value) {
            return refusal(said, given.front(), kind.expected);
        }
        at(o) = std::move(*value);
        return std::nullopt;
    };
    d.get = [kind, at](options const& o) -> std::vector<std::string> {
        auto const& value = at(o);
        return is_unset(kind, value) ? std::vector<std::string>{} : std::vector{kind.write(value)};
    };
    d.copy = [at](options& to, options const& from) { at(to) = at(from); };
    d.same = [get = d.get](options const& a, options const& b) { return get(a) == get(b); };
    return d;
}

/// A repeatable option with at least this many values.
template <class At>
[[nodiscard]] declaration declare_list(std::string name, value_kind<std::string> const& kind, std::size_t least, At at,
                                       option_traits traits)
{
    declaration d;
    static_cast<option_traits&>(d) = std::move(traits);
    d.name = std::move(name);
    d.placeholder = kind.placeholder;
    d.repeatable = true;
    d.set = [kind, least, at, said = static_cast<option_traits const&>(d)](
                options& o, std::vector<std::string> const& given) -> std::optional<std::string> {
        if (given.size() < least) {
            return "it needs at least one value, " + kind.expected;
        }
        for (auto const& one : given) {
            if (!kind.read(one)) {
                return refusal(said, one, kind.expected);
            }
        }
        at(o) = given;
        return std::nullopt;
    };
    d.get = [at](options const& o) { return at(o); };
    d.copy = [at](options& to, options const& from) { at(to) = at(from); };
    d.same = [get = d.get](options const& a, options const& b) { return get(a) == get(b); };
    return d;
}

} // namespace sluice::server
