#pragma once

#include <url_pattern/plain_matcher.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::url_pattern {

/// What stands between a component's delimiters, and how its fixed text is written canonically.
struct component_rules {
    /// Ends a named group without an expression of its own; '\0': nothing does.
    char delimiter = '\0';
    /// Belongs to the group that follows, as the slash does in `/:room?`; '\0': nothing does.
    char prefix = '\0';
    /// Throws `refused` (the place does not matter) where the text cannot stand in the component.
    std::function<std::string(std::string_view)> canonical;
};

/// A piece of a component's pattern.
struct part {
    /// As it is in canonical URLs; empty unless the part is fixed or has a prefix or a suffix.
    std::string prefix;
    /// An RE2 expression; empty if the part is its prefix alone.
    std::string expression;
    /// What the expression is, if it is a wildcard.
    wildcard reach = wildcard::none;
    std::string suffix;
    /// `?`, `*`, `+`, or '\0' for once.
    char modifier = '\0';
};

/// Parses the pattern of one component. Throws `refused`, at a place of the text.
[[nodiscard]] std::vector<part> parse_parts(std::string_view text, component_rules const& rules);

/// The part as an RE2 expression over one line: neither it nor what is in it matches a line end.
[[nodiscard]] std::string expression_of(part const& piece);

/// The text as an RE2 expression that matches it alone.
[[nodiscard]] std::string quoted(std::string_view text);

/// Whether the protocol's pattern matches one of the special schemes. Throws `refused`, at a place of the text.
[[nodiscard]] bool matches_special_scheme(std::string_view protocol);

/// How the protocol's fixed text is written.
[[nodiscard]] component_rules protocol_rules();

} // namespace sluice::url_pattern
