// The files that sluice_reference wrote when the project was built, and the table in README.md.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <options/declaration.hpp>
#include <token/token_options.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace sluice::server {
namespace {

[[nodiscard]] std::string read(std::string const& path)
{
    std::ifstream in{path};
    REQUIRE_MESSAGE(in.is_open(), path);
    return {std::istreambuf_iterator<char>{in}, {}};
}

[[nodiscard]] std::string share(std::string const& name) { return read(std::string{SLUICE_SHARE} + "/" + name); }

[[nodiscard]] std::string as_roff(std::string const& text) { return std::regex_replace(text, std::regex{"-"}, "\\-"); }

/// What stands behind the term, up to the next one.
[[nodiscard]] std::string paragraph(std::string const& page, std::string const& term)
{
    auto const begin = page.find(".TP\n\\fB" + as_roff(term) + "\\fR");
    REQUIRE_MESSAGE(begin != std::string::npos, term);
    auto text = page.substr(begin, page.find("\n.", begin + 4) + 1 - begin);
    std::ranges::replace(text, '\n', ' ');
    return text;
}

/// The cells of the README's table of options, row by row, without the marks of code.
[[nodiscard]] std::vector<std::vector<std::string>> readme_rows()
{
    auto const text = read(SLUICE_README);
    auto const begin = text.find("\n## Options");
    REQUIRE(begin != std::string::npos);
    std::istringstream lines{text.substr(begin, text.find("\n## ", begin + 1) - begin)};
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("| `--")) {
            continue;
        }
        std::erase(line, '`');
        std::istringstream parts{line.substr(2)};
        auto& row = rows.emplace_back();
        for (std::string cell; std::getline(parts, cell, '|');) {
            row.push_back(cell);
        }
        REQUIRE(row.size() == 3);
    }
    return rows;
}

/// The parts of a cell, which are separated by `·`.
[[nodiscard]] std::vector<std::string> parts(std::string const& cell)
{
    std::vector<std::string> found;
    std::regex const part{"[^ ·]+( [^ ·]+)*"};
    for (auto it = std::sregex_iterator{cell.begin(), cell.end(), part}; it != std::sregex_iterator{}; ++it) {
        found.push_back(it->str());
    }
    return found;
}

struct readme_entry {
    std::string value;
    bool reloadable; ///< it has the mark of what SIGHUP changes
};

/// What README says of the option; nothing when it has no row of it.
[[nodiscard]] std::optional<readme_entry> readme_says(declaration const& d)
{
    for (auto const& row : readme_rows()) {
        auto const flags = parts(row[0]);
        auto const at = std::ranges::find(flags, d.flag());
        if (at == flags.end()) {
            continue;
        }
        auto const defaults = parts(row[1]);
        // One default for all of a row is meant for each.
        auto const index = static_cast<std::size_t>(at - flags.begin());
        return readme_entry{.value = defaults.empty()       ? ""
                                     : defaults.size() == 1 ? defaults.front()
                                                            : defaults.at(index),
                            .reloadable = row[2].find("↻") != std::string::npos};
    }
    return std::nullopt;
}

TEST_SUITE_BEGIN("server/reference");

TEST_CASE("sluice.toml · has every key with its default or an example")
{
    auto const file = share("sluice.toml");
    options const defaults;
    for (auto const& d : declarations()) {
        CAPTURE(d.name);
        auto const line = d.line(defaults);
        CHECK(file.find(line ? "\n#" + *line + "\n" : "\n# " + d.example_line() + "\n") != std::string::npos);
    }
}

TEST_CASE("sluice(1) · has every option with its default, what SIGHUP changes, and every section")
{
    auto const page = share("sluice.1");
    options const defaults;
    for (auto const& d : declarations()) {
        CAPTURE(d.name);
        auto const entry = paragraph(page, d.flag());
        CHECK(entry.find(d.summary) != std::string::npos);
        CHECK((entry.find("SIGHUP changes it") != std::string::npos) == d.reloadable);
        auto const value = d.value_text(defaults);
        CHECK((value.empty() || entry.find("Default: " + as_roff(value) + ".") != std::string::npos));
    }
    for (auto const& c : commands()) {
        (void)paragraph(page, "--" + std::string{c.flag});
    }
    auto const tokens = page.substr(page.find("\n.SH TOKENS\n"));
    for (auto const options : {make_options(), check_options()}) {
        for (auto const& o : options) {
            CAPTURE(o.flag);
            auto const entry = paragraph(tokens, fmt::format("--{}", o.flag));
            CHECK((o.flag == "help" || entry.find(o.summary) != std::string::npos));
        }
    }
    for (std::string const section : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "TOKENS", "ENVIRONMENT", "FILES",
                                      "SIGNALS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"}) {
        CAPTURE(section);
        CHECK(page.find("\n.SH " + section + "\n") != std::string::npos);
    }
    CHECK(page.find('@') == std::string::npos);
}

TEST_CASE("sluice.toml(5) · has every key with its default")
{
    auto const page = share("sluice.toml.5");
    options const defaults;
    for (auto const& d : declarations()) {
        CAPTURE(d.name);
        auto const entry = paragraph(page, d.key());
        auto const value = d.value_text(defaults);
        CHECK((value.empty() || entry.find("Default: " + as_roff(value) + ".") != std::string::npos));
    }
    CHECK(page.find('@') == std::string::npos);
}

TEST_CASE("README · its table has every option, with its default and the mark of what SIGHUP changes")
{
    options const defaults;
    for (auto const& d : declarations()) {
        CAPTURE(d.name);
        auto const said = readme_says(d);
        REQUIRE(said.has_value());
        // A switch that is off by default has nothing to say.
        auto const value = d.value_text(defaults);
        CHECK(said->reloadable == d.reloadable);
        CHECK(said->value == (d.is_switch() && value != "true" ? "" : d.is_switch() ? "on" : value));
    }
    for (auto const& row : readme_rows()) {
        for (auto const& flag : parts(row[0])) {
            CAPTURE(flag);
            CHECK(find_declaration(flag.substr(2)) != nullptr);
        }
    }
}

TEST_SUITE_END();

} // namespace
} // namespace sluice::server
