#pragma once

#include "options.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// Under which heading an option stands in the help, in the manual and in the example file.
enum class option_group { server, access, sessions, streams, events, logging };

inline constexpr std::initializer_list<option_group> option_groups{option_group::server,   option_group::access,
                                                                   option_group::sessions, option_group::streams,
                                                                   option_group::events,   option_group::logging};

[[nodiscard]] std::string_view title(option_group group) noexcept;

/// What is said of an option, whatever kind of value it has.
struct option_traits {
    option_group group;
    /// In a line or two, without a full stop.
    std::string summary;
    /// Further sentences, for the manual.
    std::string details{};
    /// What a value that is not set amounts to: `none`, `the number of CPUs`.
    std::string when_unset{};
    /// A value as it would stand in the file, for an option whose default is not set.
    std::string example{};
    /// Its value is shown nowhere.
    bool secret = false;
    /// It changes with `SIGHUP`; others need a restart.
    bool reloadable = false;
    /// It may be given several times, with a value each.
    bool repeatable = false;
    /// What was set and is not given any more stays in force until a restart: a reload takes no protection away.
    bool protects = false;
    /// The flag of one letter that it has too; 0: none.
    char letter = 0;
    /// The option that decides the same thing, so that no source may give both; what goes before gives way to neither.
    std::string excludes{};
};

/// One option, from which everything about it follows: flag, variable, key, help, manual, example, and how its value
/// gets into the `options` struct and out of it. The default is what a new struct has.
struct declaration : option_traits {
    /// The flag without the hyphens before it.
    std::string name;
    /// What stands for the value in the help; empty: it is a switch.
    std::string placeholder;
    /// In TOML the value stands without quotes where it can.
    bool bare = false;
    /// Sets the value from what was given; what is wrong with it, or nothing.
    std::function<std::optional<std::string>(options&, std::vector<std::string> const&)> set;
    /// The value as `set` reads it; empty: it is not set.
    std::function<std::vector<std::string>(options const&)> get;
    std::function<void(options&, options const&)> copy;

    [[nodiscard]] bool is_switch() const noexcept { return placeholder.empty(); }
    [[nodiscard]] std::string flag() const { return "--" + name; }
    /// `SLUICE_` and the name in upper case with underscores.
    [[nodiscard]] std::string variable() const;
    /// The name with underscores, as it stands in the file.
    [[nodiscard]] std::string key() const;
    /// The value in words, as for the help: never that of a secret.
    [[nodiscard]] std::string value_text(options const& o) const;
    /// `key = value` as it stands in the file; nothing when the value is not set.
    [[nodiscard]] std::optional<std::string> line(options const& o) const;
    /// The same with the example for an option whose default is not set.
    [[nodiscard]] std::string example_line() const;
    /// All that is to say of it, but for the default.
    [[nodiscard]] std::string description() const;
};

/// All options, those of a group together.
[[nodiscard]] std::span<declaration const> declarations();

/// Null when there is none of the name.
[[nodiscard]] declaration const* find_declaration(std::string_view name);

/// What the command line has beside the options: it says what to do, and stands neither in the file nor, but for the
/// file's name, in the environment.
struct command {
    std::string_view flag;
    std::string_view placeholder;
    std::string_view summary;
    std::string_view details;
};

[[nodiscard]] std::span<command const> commands();

} // namespace sluice::server
