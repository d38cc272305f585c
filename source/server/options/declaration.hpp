#pragma once

#include "options.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// The heading of an option in the help, the manual and the example file.
enum class option_group { server, access, sessions, streams, events, logging };

inline constexpr std::initializer_list<option_group> option_groups{option_group::server,   option_group::access,
                                                                   option_group::sessions, option_group::streams,
                                                                   option_group::events,   option_group::logging};

[[nodiscard]] std::string_view title(option_group group) noexcept;

/// The properties of an option that do not depend on the type of its value.
struct option_traits {
    option_group group;
    /// In a line or two, without a full stop.
    std::string summary;
    /// Further sentences, for the manual.
    std::string details{};
    /// What an unset value means: `none`, `the number of CPUs`.
    std::string when_unset{};
    /// An example value as in the file, for an option without a default.
    std::string example{};
    /// Whether its value is never shown.
    bool secret = false;
    /// Whether `SIGHUP` changes it; other options need a restart.
    bool reloadable = false;
    /// Whether it may be given several times.
    bool repeatable = false;
    /// Whether its value stays in force until a restart if a reload no longer gives one: a reload takes no protection
    /// away.
    bool protects = false;
    /// The one-letter flag that it also has; 0 if none.
    char letter = 0;
    /// The option that decides the same thing, so that a source may not give both. Whichever of the two an earlier
    /// source gives wins over both in later sources.
    std::string excludes{};
    /// Options of which one must be set for this one to have an effect; empty if it has one by itself.
    std::vector<std::string> needs{};
};

/// What a value is in TOML. A quantity is an integer, or a string with a unit.
enum class toml_form { flag, integer, quantity, text };

/// One option. Everything about it follows from here: flag, variable, key, help, manual, example, and how its value
/// gets into the struct `options` and out of it. The default is the value in a new struct.
struct declaration : option_traits {
    /// The flag without its leading hyphens.
    std::string name;
    /// The placeholder of the value in the help; empty for a switch.
    std::string placeholder;
    toml_form form = toml_form::text;
    /// Sets the value from the given texts. Returns what is wrong with them, or nothing.
    std::function<std::optional<std::string>(options&, std::vector<std::string> const&)> set;
    /// The value in the form that `set` reads; empty if it is not set.
    std::function<std::vector<std::string>(options const&)> get;
    std::function<void(options&, options const&)> copy;
    /// Whether both have the same value. What was read from a file that the option names is part of the value.
    std::function<bool(options const&, options const&)> same;

    [[nodiscard]] bool is_switch() const noexcept { return form == toml_form::flag; }
    [[nodiscard]] std::string flag() const { return "--" + name; }
    /// `SLUICE_` and the name in upper case with underscores.
    [[nodiscard]] std::string variable() const;
    /// The name with underscores, as in the file.
    [[nodiscard]] std::string key() const;
    /// The value as text for the help; never that of a secret.
    [[nodiscard]] std::string value_text(options const& o) const;
    /// `key = value`, as in the file; nothing if the value is not set.
    [[nodiscard]] std::optional<std::string> line(options const& o) const;
    /// The same, with the example value for an option without a default.
    [[nodiscard]] std::string example_line() const;
    /// Summary and details, without the default.
    [[nodiscard]] std::string description() const;
};

/// All options, in the order of their groups.
[[nodiscard]] std::span<declaration const> declarations();

/// The option of this name; null if there is none.
[[nodiscard]] declaration const* find_declaration(std::string_view name);

/// A flag that says what to do, such as `--help`. It is not in the file and, except for the file's name, not in the
/// environment.
struct command {
    std::string_view flag;
    std::string_view placeholder;
    std::string_view summary;
    std::string_view details;
};

[[nodiscard]] std::span<command const> commands();

} // namespace sluice::server
