#include "help.hpp"

#include "declaration.hpp"
#include "layout.hpp"

#include <fmt/format.h>

namespace sluice::server {
namespace {

constexpr std::size_t width = 80;
constexpr std::size_t column = 34;

[[nodiscard]] std::string entry(declaration const& d)
{
    static options const defaults;
    auto const value = d.value_text(defaults);
    // That a switch is off by default goes without saying.
    bool const tells = !value.empty() && !(d.is_switch() && value == "false");
    return help_entry(d.name, d.placeholder, tells ? fmt::format("{} [{}]", d.summary, value) : d.summary, d.letter);
}

} // namespace

std::string help_entry(std::string_view flag, std::string_view placeholder, std::string_view text, char letter)
{
    auto const name = fmt::format("  {}--{}{}{}", letter == 0 ? "" : fmt::format("-{}, ", letter), flag,
                                  placeholder.empty() ? "" : " ", placeholder);
    std::string out;
    for (auto const& line : wrap(text, width - column)) {
        out += fmt::format("{:<{}}{}\n", out.empty() ? name : "", column, line);
    }
    return out;
}

std::string help_text()
{
    std::string out = "sluice: a hub for server-sent events\n\nUsage: sluice [OPTION]...\n"
                      "       sluice token make|check ...    (sluice token --help)\n\n";
    for (auto const& c : commands()) {
        out += help_entry(c.flag, c.placeholder, c.summary);
    }
    for (auto const group : option_groups) {
        out += fmt::format("\n{}:\n", title(group));
        for (auto const& d : declarations()) {
            out += d.group == group ? entry(d) : "";
        }
    }
    out += R"(
Each option of these groups is also an environment variable (SLUICE_BUFFER_SIZE)
and a key of the file that --config names (buffer_size). Flags win over the
environment, the environment over the file. A DURATION is 250ms, 30s, 5m, 1h or
1d, a SIZE 64KiB, 1MiB, 1GiB or plain bytes. A switch takes =true or =false.
SIGHUP reads all of it again; sluice(1) says what changes then.
)";
    return out;
}

} // namespace sluice::server
