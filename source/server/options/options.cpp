#include "options.hpp"

#include "command_line.hpp"
#include "environment.hpp"
#include "given_option.hpp"
#include "in_force.hpp"
#include "jwt_keys.hpp"
#include "listen_address.hpp"
#include "option_error.hpp"
#include "text_file.hpp"
#include "toml_file.hpp"
#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace sluice::server {
namespace {

/// A longer token would not fit into a header.
constexpr std::size_t most_token_bytes = 8192;

[[nodiscard]] bool decide_the_same(declaration const& a, declaration const& b)
{
    return &a == &b || a.excludes == b.name || b.excludes == a.name ||
           (!a.excludes.empty() && a.excludes == b.excludes);
}

/// Adds the options of a source that earlier sources did not give.
void add_source(given_options& chosen, given_options source)
{
    auto const before = chosen.size();
    for (auto& given : source) {
        auto const same = std::ranges::find_if(
            chosen, [&](given_option const& other) { return decide_the_same(*given.option, *other.option); });
        if (same == chosen.end()) {
            chosen.push_back(std::move(given));
        } else if (same - chosen.begin() >= static_cast<std::ptrdiff_t>(before)) {
            throw option_error(fmt::format("{} and {} are both given, and only one may be", same->where, given.where));
        }
    }
}

[[nodiscard]] options to_options(given_options const& chosen)
{
    options o;
    for (auto const& given : chosen) {
        if (auto const wrong = given.option->set(o, given.values)) {
            throw option_error(given.where + ": " + *wrong);
        }
    }
    return o;
}

/// Reads the token from its file, if one is named, without a line end at the end.
void read_token_file(std::string const& option, std::string const& path, std::string& token, reading when)
{
    if (path.empty()) {
        return;
    }
    token = read_text(option, path, when, most_token_bytes);
    if (token.ends_with('\n')) {
        token.pop_back();
        if (token.ends_with('\r')) {
            token.pop_back();
        }
    }
    if (!is_bearer_token(token)) {
        throw option_error(fmt::format("{}: {} {}", option, path,
                                       token.empty() ? "holds no token"
                                                     : "does not hold one bearer token (letters, digits "
                                                       "and - . _ ~ + /, then = if any)"));
    }
}

/// The first address to which other machines can connect, and the option that gave it.
[[nodiscard]] std::optional<std::string> open_address(options const& o)
{
    std::vector<std::string> operations{o.operations_listen};
    for (auto const& [origin, addresses] :
         {std::pair{"the passed socket", &o.passed}, {"--listen", &o.listen}, {"--operations-listen", &operations}}) {
        for (auto const& where : *addresses) {
            if (auto const address = parse_listen_address(where); address && is_open_to_others(*address)) {
                return fmt::format("{} {}", origin, where);
            }
        }
    }
    return std::nullopt;
}

void check_access(options const& o)
{
    if (auto const open = open_address(o); open && o.publish_token.empty() && !o.jwt.has_keys() && !o.insecure) {
        throw option_error(fmt::format("{} is open to others, and there is no --publish-token; give one, or "
                                       "--insecure if this is intended",
                                       *open));
    }
}

/// An option without effect would be a protection that its owner believes in.
void check_needs(given_options const& chosen, options const& o)
{
    auto const is_set = [&](std::string const& name) { return !find_declaration(name)->get(o).empty(); };
    for (auto const& given : chosen) {
        auto const& needs = given.option->needs;
        if (!needs.empty() && !given.option->same(o, {}) && std::ranges::none_of(needs, is_set)) {
            throw option_error(
                fmt::format("{}: it has no effect without --{}", given.where, fmt::join(needs, " or --")));
        }
    }
}

[[nodiscard]] options read_options(command_line const& line, reading when, std::vector<std::string> passed)
{
    given_options chosen;
    add_source(chosen, line.options);
    add_source(chosen, read_environment());
    char const* const variable = std::getenv("SLUICE_CONFIG");
    if (line.config || variable != nullptr) {
        add_source(chosen, read_toml_file(line.config ? *line.config : variable, when));
    }
    auto o = to_options(chosen);
    o.passed = std::move(passed);
    auto const says_where = [](given_option const& given) {
        return given.option->name == "listen" || given.option->name == "port";
    };
    if (!o.passed.empty() && std::ranges::none_of(chosen, says_where)) {
        o.listen.clear();
    }
    read_token_file("--publish-token-file", o.publish_token_file, o.publish_token, when);
    read_token_file("--subscribe-token-file", o.subscribe_token_file, o.subscribe_token, when);
    read_keys(o.jwt, when);
    check_needs(chosen, o);
    check_access(o);
    if (auto const fault = fault_of(o.cookie)) {
        throw option_error("--cookie-path: " + *fault);
    }
    return o;
}

} // namespace

parsed_options parse_options(std::vector<std::string> const& arguments, reading when, std::vector<std::string> passed)
{
    parsed_options parsed;
    try {
        auto line = read_command_line(arguments);
        if (line.exit) {
            parsed.exit = std::move(line.exit);
            return parsed;
        }
        parsed.options = read_options(line, when, std::move(passed));
        if (line.check_config) {
            parsed.exit = early_exit{0, in_force_text(parsed.options)};
        }
    } catch (option_error const& e) {
        parsed.exit = early_exit{e.exit_status(), one_line(e.what())};
    }
    return parsed;
}

} // namespace sluice::server
